"""A table is read whatever program wrote it: its encoding and its delimiter are found, not asked for."""

import pytest

from shopdesk.base.tables import UnreadableTable, look_at, read_table

pytestmark = pytest.mark.once
TABLE = 'Номер{0}Адрес{0}Сумма\r\n1{0}"Тверская, 1; кв. 5"{0}10,50\r\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encoding_and_delimiter_are_found(tmp_path, encoding, delimiter):
    file = tmp_path / "orders.csv"
    text = TABLE if delimiter != "," else TABLE.replace("10,50", '"10,50"')
    file.write_bytes(text.format(delimiter).encode(encoding))

    look = look_at(file)
    (row,) = read_table(file)

    assert look.headings == ("Номер", "Адрес", "Сумма")
    assert look.delimiter == delimiter
    assert look.encoding == {"utf-8": "utf-8-sig"}.get(encoding, encoding)
    assert (row.number, row.get("адрес"), row.get("сумма")) == (2, "Тверская, 1; кв. 5", "10,50")


def test_addresses_full_of_commas_do_not_decide(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("id;address\n" + "".join(f"{n};Москва, Тверская, {n}, кв. 1, этаж 2\n" for n in range(9)))

    assert look_at(file).headings == ("id", "address")


def test_columns_of_one_name_are_told_apart(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("Price,price,,\n1,2,3,4\n")

    assert look_at(file).headings == ("Price", "price (2)", "", "")
    assert next(read_table(file)).cells == {"price": "1", "price (2)": "2", "": "4"}


@pytest.mark.parametrize("content", [b"\x00\x01\x02", b"\x89PNG\r\n\x1a\n\x00", b"\x7fELF\x02", b"a\x98b\xff"])
def test_what_is_no_table_is_refused(tmp_path, content):
    file = tmp_path / "orders.csv"
    file.write_bytes(content)

    with pytest.raises(UnreadableTable):
        look_at(file)


def test_cell_without_an_end_is_refused(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text('a,b\n1,"' + "x" * 200_000)

    with pytest.raises(UnreadableTable):
        list(read_table(file))
