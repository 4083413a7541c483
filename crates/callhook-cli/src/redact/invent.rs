//! Texts and numbers in the place of private ones.

use super::permutation::{Alphabet, Permutation};

/// A text with another letter or digit for each of its letters and digits, token by token: an id within a file's name
/// becomes what the id becomes. What is between them stays.
pub(super) fn text(permutation: &Permutation, text: &str) -> String {
    let mut invented = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (between, after) = rest.split_at(rest.find(is_of_token).unwrap_or(rest.len()));
        let end = after.find(|char| !is_of_token(char));
        let (token, after) = after.split_at(end.unwrap_or(after.len()));
        invented.push_str(between);
        invented.push_str(&self::token(permutation, token));
        rest = after;
    }
    invented
}

fn is_of_token(char: char) -> bool {
    char.is_ascii_alphanumeric() || !char.is_ascii()
}

fn token(permutation: &Permutation, token: &str) -> String {
    if !token.is_ascii() {
        return permutation.letters(token);
    }
    let is_all = |is_part: fn(&u8) -> bool| token.as_bytes().iter().all(is_part);
    let has_digits = token.bytes().any(|byte| byte.is_ascii_digit());
    let has_letters = token.bytes().any(|byte| byte.is_ascii_alphabetic());
    let is_hex = has_digits
        && has_letters
        && token.len() >= 4
        && (is_all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            || is_all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F')));
    let mut is_leading = true;
    let mut places: Vec<(char, Alphabet)> = token
        .chars()
        .map(|char| {
            let alphabet = match char {
                '0'..='9' if is_hex => Alphabet::Digit,
                '0'..='9' => digit(char, &mut is_leading),
                'a'..='f' if is_hex => Alphabet::LowerHex,
                'A'..='F' if is_hex => Alphabet::UpperHex,
                _ => {
                    is_leading = true;
                    match char {
                        'a'..='z' => Alphabet::Lower,
                        _ => Alphabet::Upper,
                    }
                }
            };
            (char, alphabet)
        })
        .collect();
    permutation.permute(&mut places);
    places.into_iter().map(|(char, _)| char).collect()
}

/// Zeros before the first digit that is not one stay.
fn digit(char: char, is_leading: &mut bool) -> Alphabet {
    match (char, *is_leading) {
        ('0', true) => Alphabet::Fixed,
        (_, true) => {
            *is_leading = false;
            Alphabet::FirstDigit
        }
        (_, false) => Alphabet::Digit,
    }
}

/// A phone number with other digits, where it is one: its `+`, its mask and what separates its digits stay. The same
/// digits become the same, however they are separated.
pub(super) fn phone(permutation: &Permutation, text: &str) -> Option<String> {
    let is_of_number = |char: char| char.is_ascii_digit() || "+-().xX*#/ \t".contains(char);
    if !text.chars().all(is_of_number) || !text.contains(|char: char| char.is_ascii_digit()) {
        return None;
    }
    let mut is_leading = true;
    let mut digits: Vec<(char, Alphabet)> = text
        .chars()
        .filter(char::is_ascii_digit)
        .map(|char| (char, digit(char, &mut is_leading)))
        .collect();
    permutation.permute(&mut digits);
    let mut digits = digits.into_iter();
    let replaced = text.chars().map(|char| match char.is_ascii_digit() {
        true => digits.next().map_or(char, |(digit, _)| digit),
        false => char,
    });
    Some(replaced.collect())
}

/// A JSON number with other digits. Its sign, its point and its exponent stay.
pub(super) fn number(permutation: &Permutation, number: &str) -> String {
    let end = number.find(['e', 'E']).unwrap_or(number.len());
    let (digits, exponent) = number.split_at(end);
    text(permutation, digits) + exponent
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permutation() -> Permutation {
        Permutation::new([7; 16])
    }

    #[test]
    fn a_text_keeps_its_shape() {
        let shape = |text: &str| -> String {
            text.chars()
                .map(|char| match char {
                    '1'..='9' => '9',
                    'a'..='z' => 'a',
                    'A'..='Z' => 'A',
                    other => other,
                })
                .collect()
        };
        for original in [
            "204_2222223",
            "Sales_2222223",
            "1634720915260737218351_2222223.mp3",
            "O'Brien, Zoe",
            "007",
            "(none-of-it)",
        ] {
            let invented = text(&permutation(), original);
            assert_ne!(invented, original);
            assert_eq!(shape(&invented).len(), shape(original).len());
            let letters = |text: &str| shape(text).replace(['9', '0'], "9");
            assert_eq!(letters(&invented), letters(original), "{invented}");
        }
        assert!(text(&permutation(), "נועה").is_ascii());
    }

    #[test]
    fn an_id_becomes_the_same_wherever_it_is() {
        let id = text(&permutation(), "2222223");
        assert_eq!(number(&permutation(), "2222223"), id);
        assert!(text(&permutation(), "204_2222223").ends_with(&id));
    }

    #[test]
    fn a_uuid_stays_one() {
        let uuid = text(&permutation(), "16132200-57fa-47b5-888d-4ab5b7e631ee");
        let is_of_uuid = |char: char| char == '-' || matches!(char, '0'..='9' | 'a'..='f');
        assert!(uuid.chars().all(is_of_uuid), "{uuid}");
        assert_eq!(uuid.len(), 36);
    }

    #[test]
    fn a_phone_number_becomes_the_same_however_it_is_written() {
        let digits = |text: &str| -> String {
            let number = phone(&permutation(), text).expect("a number");
            number.chars().filter(char::is_ascii_digit).collect()
        };
        assert_eq!(digits("+44 20 7946 0958"), digits("442079460958"));
        assert_eq!(
            number(&permutation(), "442079460958"),
            digits("442079460958")
        );
        let masked = phone(&permutation(), "98xxxxxxxx").expect("a number");
        assert!(masked.ends_with("xxxxxxxx"), "{masked}");
        assert_eq!(phone(&permutation(), "anonymous"), None);
    }

    #[test]
    fn a_number_stays_a_number_of_json() {
        for original in ["440000000000", "12.0", "-0.450000", "1e5", "0"] {
            let invented = number(&permutation(), original);
            let read: serde_json::Value = serde_json::from_str(&invented).expect("a number");
            assert!(read.is_number(), "{invented}");
            assert_eq!(invented.len(), original.len());
        }
    }
}
