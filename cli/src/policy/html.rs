//! Pages that carry texts of a policy, which is outside input.
//!
//! [`Markup`] is made of literals of this program and of escaped text only, so that nothing in a policy can
//! become a tag, an attribute or a script. The pages need no network and run no script.

/// Markup that may stand in a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Markup(String);

impl Markup {
    /// Markup of this program.
    pub(crate) fn literal(markup: &'static str) -> Self {
        Self(markup.to_owned())
    }

    /// Text from anywhere, escaped. Control characters become visible.
    pub(crate) fn text(text: &str) -> Self {
        let mut escaped = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                '\'' => escaped.push_str("&#39;"),
                '\n' | '\t' => escaped.push(' '),
                // Overrides of the writing direction could make a text read as another one.
                c if velum_policy::turns_around(c) || c.is_control() => escaped.push('\u{fffd}'),
                c => escaped.push(c),
            }
        }
        Self(escaped)
    }

    /// `<tag class="class">inside</tag>`.
    pub(crate) fn element(tag: &'static str, class: &'static str, inside: Self) -> Self {
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        Self(format!("<{tag}{class}>{}</{tag}>\n", inside.0))
    }

    /// The same around a text.
    pub(crate) fn line(tag: &'static str, class: &'static str, text: &str) -> Self {
        Self::element(tag, class, Self::text(text))
    }

    /// A list of these, or nothing of none.
    pub(crate) fn list(class: &'static str, items: impl IntoIterator<Item = Self>) -> Self {
        let items: Self = items.into_iter().map(|item| Self::element("li", "", item)).collect();
        if items.0.is_empty() { items } else { Self::element("ul", class, items) }
    }

    /// A link, where the address is one of the web; else its text alone.
    pub(crate) fn link(address: &str) -> Self {
        if !is_web_address(address) {
            return Self::text(address);
        }
        let address = Self::text(address).0;
        Self(format!("<a rel=\"noreferrer\" href=\"{address}\">{address}</a>"))
    }

    /// A whole page. The policy that stands in its head lets nothing be loaded or run.
    pub(crate) fn page(language: &str, title: &str, style: &[&'static str], body: Self) -> String {
        let (language, title) = (Self::text(language).0, Self::text(title).0);
        let style = style.concat();
        format!(
            "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
             <style>\n{style}</style>\n</head>\n<body>\n{}</body>\n</html>\n",
            body.0
        )
    }

    /// This, and then that.
    #[must_use]
    pub(crate) fn then(mut self, other: Self) -> Self {
        self.0.push_str(&other.0);
        self
    }

    /// Markup that this program computed of numbers alone.
    pub(crate) fn drawn(svg_path: &str, size: usize) -> Self {
        let numbers = svg_path.bytes().all(|b| b.is_ascii_digit() || b"Mhvz,-".contains(&b));
        let path = if numbers { svg_path } else { "" };
        Self(format!(
            "<svg class=\"qr\" viewBox=\"0 0 {size} {size}\" shape-rendering=\"crispEdges\" role=\"img\" \
             aria-label=\"QR\"><path fill=\"#fff\" d=\"M0 0h{size}v{size}H0z\"/><path d=\"{path}\"/></svg>\n"
        ))
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As written.
    #[cfg(test)]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromIterator<Self> for Markup {
    fn from_iter<T: IntoIterator<Item = Self>>(parts: T) -> Self {
        parts.into_iter().fold(Self::default(), Self::then)
    }
}

/// Whether it begins like an address of the web and has no spaces: nothing else is ever a link.
pub(crate) fn is_web_address(address: &str) -> bool {
    let host = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    host.is_some_and(|host| {
        !host.is_empty()
            && !host.starts_with('/')
            && !host.contains(|c: char| c.is_whitespace() || c.is_control())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_become_markup() {
        let bad = "<script>alert('1')</script>\" onload=\"x & \u{202e}\u{7}";
        let page = Markup::page(bad, bad, &[], Markup::line("p", "", bad).then(Markup::link(bad)));
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.contains("\" onload"), "{page}");
        assert!(page.contains("&lt;script&gt;alert(&#39;1&#39;)"), "{page}");
        assert!(!page.contains(['\u{202e}', '\u{7}']), "{page}");
    }

    #[test]
    fn only_addresses_of_the_web_are_links() {
        for (address, linked) in [
            ("https://city.example/cameras?a=1&b=2", true),
            ("http://city.example", true),
            ("javascript:alert(1)", false),
            ("https://", false),
            ("https:///x", false),
            ("https://a b", false),
            ("data:text/html,x", false),
            ("", false),
        ] {
            assert_eq!(Markup::link(address).as_str().contains("href="), linked, "{address}");
        }
        assert!(Markup::link("https://x.example/\"onload=\"y").as_str().contains("&quot;onload"));
    }

    #[test]
    fn only_numbers_are_drawn() {
        assert!(Markup::drawn("M0,1h1v1h-1z\"/><script>", 3).as_str().contains("d=\"\""));
        assert!(Markup::drawn("M0,0h1v1h-1z", 3).as_str().contains("d=\"M0,0h1v1h-1z\""));
    }
}
