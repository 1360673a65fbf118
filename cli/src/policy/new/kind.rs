//! What an answer may be.

use velum_policy::{PolicyDuration, PublicKey, is_in_eea, turns_around};

use crate::policy::html::is_web_address;

/// No answer is longer, characters.
const LONGEST: usize = 4_000;

/// What an answer may be, checked before it is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Any text of this many characters or more.
    Text(usize),
    /// A whole sentence, of eight words or more.
    Sentence,
    /// Sentences or addresses: a list, at the terminal with `;` between.
    Phrases(usize),
    /// One of these.
    Choice(&'static [&'static str]),
    /// Some of these, or any names where there are none: a list, at the terminal with `,` between.
    Names(&'static [&'static str]),
    /// A name of a-z, 0-9, `-`, `_` and `.`.
    Name,
    /// The same without `.`: it becomes a key of the policy.
    Id,
    /// Yes or no.
    YesNo,
    /// A whole number, from and to.
    Count(u32, u32),
    /// A day.
    Day,
    /// A day, or nothing where it did not happen yet.
    DayOrNot,
    /// A duration.
    Length,
    /// A time of day.
    Time,
    /// A time zone.
    TimeZone,
    /// A country.
    Country,
    /// The European Economic Area, or a country.
    Place,
    /// What a model puts out, for example `boxes:person`: a list, at the terminal with `,` between.
    Outputs,
    /// Languages.
    Languages,
    /// An approver's public key.
    Key,
    /// The same, or nothing.
    KeyOrNot,
    /// 64 hexadecimal digits.
    Digest,
    /// An address of the web.
    Address,
    /// Corners of a polygon: `0.0,0.0 1.0,0.0 1.0,0.2`.
    Polygon,
}

impl Kind {
    /// What separates the items of a list at the terminal; none where it is no list.
    pub(super) fn separator(self) -> Option<char> {
        match self {
            Self::Phrases(_) => Some(';'),
            Self::Names(_) | Self::Languages | Self::Outputs => Some(','),
            _ => None,
        }
    }

    /// The answer as it is taken.
    ///
    /// # Errors
    /// What was expected, with an example.
    pub(super) fn take(self, given: Vec<String>) -> Result<Vec<String>, String> {
        let given: Vec<String> = given.iter().map(|one| on_one_line(one)).collect();
        if given.iter().any(|one| one.chars().any(|c| c.is_control() || turns_around(c))) {
            return Err("a text without control characters or overrides of its direction".to_owned());
        }
        if given.iter().any(|one| one.chars().count() > LONGEST) {
            return Err(format!("at most {LONGEST} characters"));
        }
        if self.separator().is_some() {
            return self.take_list(given.into_iter().filter(|one| !one.is_empty()).collect());
        }
        let [one] = given.as_slice() else {
            return Err("one answer, no list".to_owned());
        };
        self.take_one(one).map(|one| vec![one])
    }

    fn take_list(self, given: Vec<String>) -> Result<Vec<String>, String> {
        let named = |names: &'static [&'static str]| {
            if names.is_empty() {
                return (!given.is_empty() && given.iter().all(|one| is_name(one)))
                    .then_some(())
                    .ok_or_else(|| "names of a-z, 0-9, `-`, `_` and `.`, with `,` between".to_owned());
            }
            let known = !given.is_empty() && given.iter().all(|one| names.contains(&one.as_str()));
            known.then_some(()).ok_or_else(|| format!("some of {}, with `,` between", names.join(", ")))
        };
        if let Some(double) =
            given.iter().enumerate().find_map(|(n, one)| given.get(..n)?.contains(one).then_some(one))
        {
            return Err(format!("each one once: `{double}` is there twice"));
        }
        match self {
            Self::Phrases(least) if given.len() < least => Err(format!("at least {least}, with `;` between")),
            Self::Names(names) => named(names).map(|()| given),
            Self::Languages if given.is_empty() || !given.iter().all(|one| letters(one, 2, false)) => {
                Err("languages by two small letters, for example nl, en".to_owned())
            }
            Self::Outputs if given.is_empty() || !given.iter().all(|one| is_output(one)) => {
                Err("outputs of a-z, 0-9, `-`, `_` and `:`, with `,` between, for example boxes:person, boxes:head".to_owned())
            }
            _ => Ok(given),
        }
    }

    fn take_one(self, one: &str) -> Result<String, String> {
        let fits = match self {
            Self::Text(least) => one.chars().count() >= least,
            Self::Sentence => one.split_whitespace().count() >= 8,
            Self::Choice(choices) => choices.contains(&one),
            Self::Name => is_name(one),
            Self::Id => is_name(one) && !one.contains('.'),
            Self::YesNo => return yes_no(one),
            Self::Count(least, most) => {
                // Written anew, for the policy takes no leading zero and no sign.
                let number = one.parse().ok().filter(|n: &u32| (least..=most).contains(n));
                return number.map(|number| number.to_string()).ok_or_else(|| self.expected());
            }
            Self::Day => is_day(one),
            Self::DayOrNot => one.is_empty() || is_day(one),
            Self::Length => PolicyDuration::parse(one).is_some(),
            Self::Time => is_time(one),
            Self::TimeZone => {
                let zone = jiff::tz::TimeZone::get(one).ok();
                let name = zone.as_ref().and_then(|zone| zone.iana_name());
                return name.map(str::to_owned).ok_or_else(|| self.expected());
            }
            Self::Country => letters(one, 2, true),
            Self::Place => is_in_eea(one) || letters(one, 2, true),
            Self::Key => PublicKey::parse(one).is_ok(),
            Self::KeyOrNot => one.is_empty() || PublicKey::parse(one).is_ok(),
            Self::Digest => {
                one.len() == 64 && one.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
            }
            Self::Address => is_web_address(one),
            Self::Polygon => polygon(one).is_some(),
            Self::Phrases(_) | Self::Names(_) | Self::Languages | Self::Outputs => false,
        };
        if fits { Ok(one.to_owned()) } else { Err(self.expected()) }
    }

    /// What is expected, in words.
    fn expected(self) -> String {
        match self {
            Self::Text(least) => format!("a text of at least {least} characters"),
            Self::Choice(choices) => format!("one of {}", choices.join(", ")),
            Self::Count(least, most) => format!("a whole number from {least} to {most}"),
            other => other.example().to_owned(),
        }
    }

    fn example(self) -> &'static str {
        match self {
            Self::Sentence => "a sentence of eight words or more",
            Self::Name => "a name of a-z, 0-9, `-`, `_` and `.`, for example crowd-safety",
            Self::Id => "a name of a-z, 0-9, `-` and `_`, for example market-square",
            Self::YesNo => "yes or no",
            Self::Day => "a day, for example 2027-01-31",
            Self::DayOrNot => "a day, for example 2027-01-31, or nothing",
            Self::Length => "days, hours or minutes, for example P7D or PT24H: a month is not a fixed number",
            Self::Time => "a time of day, for example 07:00, until 24:00",
            Self::TimeZone => "a time zone of the IANA database, for example Europe/Amsterdam",
            Self::Country => "two capital letters, for example NL",
            Self::Place => "`EEA`, or a country by two capital letters, for example NL",
            Self::Key => "`ed25519:` and the key, as `velum policy keygen` prints it",
            Self::KeyOrNot => "`ed25519:` and the key, as `velum policy keygen` prints it, or nothing",
            Self::Digest => "64 hexadecimal digits in small letters, as `sha256sum` prints them",
            Self::Address => "an address that begins with https://",
            Self::Polygon => {
                "three corners or more as fractions of the picture, for example 0.0,0.0 1.0,0.0 1.0,0.2 0.0,0.2"
            }
            _ => "an answer",
        }
    }
}

/// The corners of a polygon.
pub(super) fn polygon(text: &str) -> Option<Vec<(f64, f64)>> {
    let corner = |text: &str| {
        let (x, y) = text.split_once(',')?;
        let inside = |text: &str| text.parse::<f64>().ok().filter(|n| (0.0..=1.0).contains(n));
        Some((inside(x)?, inside(y)?))
    };
    let corners: Vec<_> = text.split_whitespace().map(corner).collect::<Option<_>>()?;
    (corners.len() >= 3).then_some(corners)
}

fn yes_no(text: &str) -> Result<String, String> {
    match text.to_lowercase().as_str() {
        "yes" | "y" | "true" => Ok("yes".to_owned()),
        "no" | "n" | "false" => Ok("no".to_owned()),
        _ => Err(Kind::YesNo.expected()),
    }
}

fn is_name(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    !text.is_empty() && text.len() <= 64 && text.bytes().all(plain) && !text.starts_with('.')
}

/// Ends of lines and tabs are spaces.
fn on_one_line(text: &str) -> String {
    text.trim().replace("\r\n", " ").replace(['\n', '\r', '\t'], " ")
}

fn is_output(text: &str) -> bool {
    text.len() <= 64 && text.split(':').all(is_name)
}

fn is_day(text: &str) -> bool {
    text.parse::<jiff::civil::Date>().is_ok_and(|day| day.to_string() == text)
}

fn is_time(text: &str) -> bool {
    let Some((hours, minutes)) = text.split_once(':') else { return false };
    let two =
        |s: &str| if s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit()) { s.parse().ok() } else { None };
    let (hours, minutes): (Option<u32>, Option<u32>) = (two(hours), two(minutes));
    hours.zip(minutes).is_some_and(|(hours, minutes)| minutes < 60 && hours * 60 + minutes <= 24 * 60)
}

fn letters(text: &str, count: usize, capital: bool) -> bool {
    text.len() == count
        && text.bytes().all(|b| if capital { b.is_ascii_uppercase() } else { b.is_ascii_lowercase() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_taken_or_refused_with_what_was_expected() {
        let check = |kind: Kind, given: &str, taken: bool| {
            let list = kind.separator().map_or_else(
                || vec![given.to_owned()],
                |between| given.split(between).map(str::to_owned).collect(),
            );
            match kind.take(list) {
                Ok(_) => assert!(taken, "{kind:?}: {given}"),
                Err(expected) => assert!(!taken && !expected.is_empty(), "{kind:?}: {given}: {expected}"),
            }
        };
        for (kind, good, bad) in [
            (Kind::Text(3), "abc", "ab"),
            (Kind::Sentence, "one two three four five six seven eight", "for your safety"),
            (Kind::Phrases(1), "one; two", ";"),
            (Kind::Choice(&["gdpr", "led"]), "led", "LED"),
            (Kind::Names(&["a", "b"]), "a, b", "a, c"),
            (Kind::Names(&[]), "post, e-mail", ""),
            (Kind::Name, "crowd-safety", "../crowd"),
            (Kind::Id, "market-square", "market.square"),
            (Kind::YesNo, "Y", "maybe"),
            (Kind::Count(5, 100), "10", "4"),
            (Kind::Count(5, 100), "007", "1e1"),
            (Kind::Text(2), "a\nb", "a\u{1b}[2J"),
            (Kind::Text(2), "a\tb", "a\u{202e}b"),
            (Kind::Names(&["a", "b"]), "a", "a, a"),
            (Kind::Outputs, "boxes:person, density_map", "boxes person"),
            (Kind::Place, "EEA", "Europe"),
            (Kind::Languages, "nl", "nl, nl"),
            (Kind::Day, "2027-12-01", "20271201"),
            (Kind::Day, "2027-01-31", "2027-02-30"),
            (Kind::DayOrNot, "", "soon"),
            (Kind::Length, "PT24H", "P1M"),
            (Kind::Time, "24:00", "24:01"),
            (Kind::TimeZone, "Europe/Brussels", "Europe/Atlantis"),
            (Kind::Country, "NL", "nl"),
            (Kind::Languages, "nl, en", "dutch"),
            (Kind::Key, "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "ed25519:AAAA"),
            (Kind::KeyOrNot, "", "ed25519:AAAA"),
            (Kind::Digest, &"0".repeat(64), "0x00"),
            (Kind::Address, "https://city.example", "city.example"),
            (Kind::Polygon, "0,0 1,0 1,0.2", "0,0 1,0"),
            (Kind::Polygon, "0,0 1,0 1,1", "0,0 1,0 1,1.5"),
        ] {
            check(kind, good, true);
            check(kind, bad, false);
        }
        let taken = |kind: Kind, given: &str| kind.take(vec![given.to_owned()]).unwrap().remove(0);
        assert_eq!(taken(Kind::Count(0, 100), "+007"), "7");
        assert_eq!(taken(Kind::TimeZone, "europe/amsterdam"), "Europe/Amsterdam");
        assert_eq!(taken(Kind::Text(2), " a\r\nb\tc "), "a b c");
        assert!(Kind::Text(0).take(vec!["x".repeat(LONGEST + 1)]).is_err());
        assert!(Kind::Text(0).take(vec!["a".into(), "b".into()]).is_err());
    }
}
