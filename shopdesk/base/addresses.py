"""Which network addresses the desk may call (SEC-60): those of the public internet, and no others.

A list of our own, by the registries of special-purpose addresses (RFC 6890; IANA, as of 2026): what Python calls global
has changed between its versions.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

NOT_PUBLIC_V4 = [
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by a provider's customers (CGNAT); some clouds answer with keys here
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's own wire server, in public space
        "169.254.0.0/16",  # link-local: most clouds' metadata, with their keys
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # the relays of 6to4
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # to many at once
        "240.0.0.0/4",
    )
]
# The only part of IPv6 that is given out. What carries an IPv4 address inside (mapped, NAT64, compatible) lies outside
# of it or is named below: it would reach the address that was refused above.
GIVEN_OUT_V6 = IPv6Network("2000::/3")
NOT_PUBLIC_V6 = [
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocols: Teredo, benchmarks, ORCHID
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",
        "3fff::/20",
    )
]


def is_public(address: Address) -> bool:
    """Tell whether the address is one machine on the public internet."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC_V4)
    # An ISATAP address looks like any other, and ends in 0:5efe and an IPv4 address.
    carries_v4 = (int(address) >> 32) & 0xFCFF_FFFF == 0x0000_5EFE
    return address in GIVEN_OUT_V6 and not carries_v4 and not any(address in network for network in NOT_PUBLIC_V6)


def is_this_machine(address: Address) -> bool:
    """Tell whether the address is this machine's own, in the two plain forms only."""
    return address == ip_address("::1") or (isinstance(address, IPv4Address) and address.is_loopback)
