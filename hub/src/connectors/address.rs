//! Which addresses belong to the open network. All others, a hub's own network above all, are refused to connectors
//! that are not told otherwise: an address in a configuration, or a name that somebody else resolves, must not make the
//! hub speak to what only the hub can reach.
//!
//! *Source*: IANA special-purpose address registries (RFC 6890 and later), RFC 6598 (shared address space).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address is globally reachable unicast. When in doubt it is not.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation();
    let in_block = match address.octets() {
        // This network; reserved, and broadcast.
        [0 | 240..=255, ..] => true,
        // Carrier-grade NAT; benchmarks.
        [100, second, ..] => second & 0b1100_0000 == 64,
        [198, second, ..] => second & 0b1111_1110 == 18,
        // Protocol assignments; 6to4 relays.
        [192, 0, 0, _] | [192, 88, 99, _] => true,
        _ => false,
    };
    !special && !in_block
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // NAT64, 6to4: as what is inside.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(from_halves(high, low)),
        [0x2002, high, low, ..] => is_public_v4(from_halves(high, low)),
        // Protocol assignments, Teredo among them; documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        // Only 2000::/3 is global unicast: not ::, ::1, mapped IPv4, fc00::/7, fe80::/10, ff00::/8.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

fn from_halves(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(addresses: &[&str], expected: bool) {
        for address in addresses {
            assert_eq!(is_public(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn only_the_open_network_is_public() {
        check(
            &[
                "1.1.1.1",
                "93.184.215.14",
                "100.63.255.255",
                "100.128.0.1",
                "172.15.0.1",
                "172.32.0.1",
                "198.17.0.1",
            ],
            true,
        );
        check(
            &[
                "2a00:1450:4001::1",
                "2606:4700::1111",
                "64:ff9b::1.1.1.1",
                "2002:101:101::1",
                "2001:4860::8888",
            ],
            true,
        );
        check(
            &[
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "127.0.0.1",
                "127.255.0.1",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.1",
            ],
            false,
        );
        check(
            &[
                "192.168.1.1",
                "100.64.0.1",
                "100.127.255.255",
                "192.0.0.1",
                "192.0.2.1",
                "198.18.0.1",
                "198.19.1.1",
            ],
            false,
        );
        check(
            &[
                "198.51.100.1",
                "203.0.113.9",
                "224.0.0.1",
                "239.1.1.1",
                "240.0.0.1",
                "255.255.255.255",
                "192.88.99.1",
            ],
            false,
        );
        check(
            &[
                "::",
                "::1",
                "::ffff:127.0.0.1",
                "::ffff:1.1.1.1",
                "::127.0.0.1",
                "fe80::1",
                "fec0::1",
                "fc00::1",
                "fd12::1",
            ],
            false,
        );
        check(
            &[
                "ff02::1",
                "64:ff9b::10.0.0.1",
                "64:ff9b:1::1",
                "2002:a00:1::1",
                "2001::1",
                "2001:db8::1",
                "3fff::1",
                "100::1",
            ],
            false,
        );
    }
}
