//! The QR code of the address of the second layer, drawn as one path of squares.

use anyhow::{Context, ensure};
use qrcode::{Color, EcLevel, QrCode};

use crate::policy::html::{Markup, is_web_address};

/// Modules of white around a code, as ISO/IEC 18004 asks for.
const QUIET: usize = 4;

/// The code of an address.
///
/// # Errors
/// Where the address is none of the web, or too long.
pub(crate) fn code(address: &str) -> anyhow::Result<Markup> {
    ensure!(
        is_web_address(address),
        "notice.layer2_url: expected an address that begins with `https://`, found `{address}`; \
         write for example `layer2_url = \"https://city.example/cameras\"`"
    );
    // Signs stand outside: a quarter of the code may be dirty or torn.
    let code = QrCode::with_error_correction_level(address, EcLevel::Q).with_context(|| {
        format!("notice.layer2_url: {} bytes do not fit into a QR code; use a shorter address", address.len())
    })?;
    let width = code.width();
    let mut path = String::new();
    for (n, colour) in code.to_colors().into_iter().enumerate() {
        if colour == Color::Dark {
            let (x, y) = (n % width + QUIET, n / width + QUIET);
            path.push_str(&format!("M{x},{y}h1v1h-1z"));
        }
    }
    Ok(Markup::drawn(&path, width + 2 * QUIET))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader of codes makes of the drawing.
    fn read(svg: &str) -> String {
        let size =
            svg.split("viewBox=\"0 0 ").nth(1).unwrap().split(' ').next().unwrap().parse::<usize>().unwrap();
        let path = svg.rsplit("d=\"").next().unwrap();
        let dark: std::collections::BTreeSet<(usize, usize)> = path
            .split('M')
            .filter_map(|square| {
                let (x, y) = square.split('h').next()?.split_once(',')?;
                Some((x.parse().ok()?, y.parse().ok()?))
            })
            .collect();
        let shade = |x, y| if dark.contains(&(x / 4, y / 4)) { 0 } else { 255 };
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(size * 4, size * 4, shade);
        image.detect_grids()[0].decode().unwrap().1
    }

    #[test]
    fn an_address_becomes_a_code_and_nothing_else_does() {
        let drawn = code("https://city.example/cameras").unwrap();
        assert_eq!(read(drawn.as_str()), "https://city.example/cameras");
        assert!(
            drawn.as_str().contains("d=\"M4,4h1v1h-1z"),
            "the finder's corner is dark, behind the quiet zone"
        );
        for (address, said) in [
            ("javascript:alert(1)", "https://"),
            ("", "https://"),
            (&format!("https://city.example/{}", "x".repeat(3_000)), "shorter"),
        ] {
            let error = code(address).unwrap_err().to_string();
            assert!(error.starts_with("notice.layer2_url: ") && error.contains(said), "{error}");
        }
    }
}
