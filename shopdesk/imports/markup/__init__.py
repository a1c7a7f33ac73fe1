"""Catalogues as markup: YML feeds and CommerceML, read piece by piece however large they are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shopdesk.imports.markup import commerceml, yml
from shopdesk.imports.markup.walking import UnreadableMarkup, root_of
from shopdesk.imports.models import Import

__all__ = ["UnreadableMarkup", "form_of", "read"]

ROOTS = {
    "yml_catalog": Import.Form.YML,
    "КоммерческаяИнформация": Import.Form.COMMERCEML,
    "Классификатор": Import.Form.COMMERCEML,
    "Каталог": Import.Form.COMMERCEML,
    "ПакетПредложений": Import.Form.COMMERCEML,
}


def form_of(path: Path) -> Import.Form | None:
    """Tell which markup a file is, by its first element; None when it is none at all. Raises UnreadableMarkup."""
    root = root_of(path)
    if root is None:
        return None
    if root not in ROOTS:
        raise UnreadableMarkup
    return ROOTS[root]


def read(path: Path, form: Import.Form, currency: str) -> Iterator[dict[str, Any]]:
    """Read the products of a catalogue, in its order, prices in `currency`. Raises UnreadableMarkup on the way."""
    return {Import.Form.YML: yml.read, Import.Form.COMMERCEML: commerceml.read}[form](path, currency)
