//! Text in HTML.

use std::fmt::{self, Display, Write as _};

/// Text that comes from somewhere else, for the content of an element or a quoted attribute. Longer than anybody reads,
/// it is cut off.
pub(crate) struct Text<'a>(pub(crate) &'a str);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, character) in self.0.chars().enumerate() {
            if at == LONGEST {
                return f.write_char('…');
            }
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // Shown as what they are, not done: a line's end, a zero, an escape.
                character if character.is_control() => f.write_char('\u{fffd}')?,
                character => f.write_char(character)?,
            }
        }
        Ok(())
    }
}

/// As [`Text`], which writes from right to left, or says that it does, without a change to what is around it.
pub(crate) struct Isolated<'a>(pub(crate) &'a str);

impl Display for Isolated<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<bdi>{}</bdi>", Text(self.0))
    }
}

/// How long ago something was, which the script counts on.
pub(crate) struct Ago {
    pub(crate) at: u64,
    pub(crate) now: u64,
}

impl Display for Ago {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.now.saturating_sub(self.at) / 1000;
        write!(f, "<time data-ago=\"{}\">", self.at)?;
        // As `ago` of the script.
        match seconds {
            0..60 => write!(f, "{seconds} s ago")?,
            60..3600 => write!(f, "{} min ago", seconds / 60)?,
            3600..86400 => write!(f, "{} h ago", seconds / 3600)?,
            _ => write!(f, "{} days ago", seconds / 86400)?,
        }
        f.write_str("</time>")
    }
}

/// A moment, which the script shows in the reader's own time zone.
pub(crate) struct Moment(pub(crate) u64);

impl Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = i64::try_from(self.0).unwrap_or(i64::MAX);
        match jiff::Timestamp::from_millisecond(millis) {
            Ok(time) => write!(
                f,
                "<time data-at=\"{}\">{}</time>",
                self.0,
                time.strftime("%Y-%m-%d %H:%M UTC")
            ),
            Err(_) => f.write_str("at an unknown time"),
        }
    }
}

const LONGEST: usize = 120;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        let hostile = "<img src=x onerror='a'>&amp;\"\0\u{1b}\r\n";
        let shown = Text(hostile).to_string();
        assert_eq!(
            shown,
            "&lt;img src=x onerror=&#39;a&#39;&gt;&amp;amp;&quot;\u{fffd}\u{fffd}\u{fffd}\u{fffd}"
        );
        let long = "<".repeat(LONGEST + 1);
        assert_eq!(Text(&long).to_string(), "&lt;".repeat(LONGEST) + "…");
    }

    #[test]
    fn how_long_ago_is_said_in_one_unit() {
        for (seconds, said) in [
            (0, "0 s ago"),
            (59, "59 s ago"),
            (60, "1 min ago"),
            (3_599, "59 min ago"),
            (3_600, "1 h ago"),
            (86_399, "23 h ago"),
            (200_000, "2 days ago"),
        ] {
            let ago = Ago {
                at: 5,
                now: 5 + seconds * 1000,
            };
            assert_eq!(
                ago.to_string(),
                format!("<time data-ago=\"5\">{said}</time>")
            );
        }
    }

    #[test]
    fn a_moment_is_shown_in_utc_and_one_beyond_all_calendars_is_not() {
        assert_eq!(
            Moment(1_634_720_920_615).to_string(),
            "<time data-at=\"1634720920615\">2021-10-20 09:08 UTC</time>"
        );
        assert_eq!(Moment(u64::MAX).to_string(), "at an unknown time");
    }
}
