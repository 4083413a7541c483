//! Fields as one text: a letter, a length and a text for each.

/// A letter, the text's length in groups of six bits, all but the last with a seventh, and the text.
pub(super) fn push(to: &mut String, tag: char, text: &str) {
    to.push(tag);
    let mut length = text.len();
    while length >= 64 {
        to.push(ascii(64 | (length & 63)));
        length >>= 6;
    }
    to.push(ascii(length));
    to.push_str(text);
}

/// The first letter, its text, and what comes after it.
pub(super) fn split(text: &str) -> Option<(char, &str, &str)> {
    let (tag, length) = match text.as_bytes() {
        [tag, length, ..] => (char::from(*tag), usize::from(*length)),
        _ => return None,
    };
    // Most texts are short.
    let (start, length) = match length {
        0..64 => (2, length),
        _ => long_length(text.as_bytes())?,
    };
    let (value, after) = text.get(start..)?.split_at_checked(length)?;
    Some((tag, value, after))
}

/// Where a text begins, and its length.
fn long_length(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut length = 0_usize;
    let groups = bytes.iter().skip(1);
    for ((shift, start), group) in (0..usize::BITS).step_by(6).zip(2..).zip(groups) {
        let group = usize::from(*group);
        length |= (group & 63).checked_shl(shift)?;
        if group < 64 {
            return Some((start, length));
        }
    }
    None
}

/// A letter, and a number as a text of groups of seven bits, the lowest first.
pub(super) fn push_number(to: &mut String, tag: char, number: u64) {
    to.push(tag);
    let bits = u64::BITS - number.leading_zeros();
    let groups = bits.div_ceil(7);
    to.push(ascii(usize::try_from(groups).unwrap_or_default()));
    for group in 0..groups {
        let bits = (number >> (7 * group)) & 127;
        to.push(ascii(usize::try_from(bits).unwrap_or_default()));
    }
}

pub(super) fn number_of(text: &str) -> u64 {
    let groups = text.bytes().rev();
    groups.fold(0, |number, group| (number << 7) | u64::from(group & 127))
}

/// Seven bits as a character of one byte.
fn ascii(bits: usize) -> char {
    char::from(u8::try_from(bits & 127).unwrap_or_default())
}
