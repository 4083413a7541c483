//! Hexadecimal, of 32 bytes and in either case.

/// The bytes of exactly 64 digits. All of them are looked at, whichever is wrong: that takes no branch for each.
pub(super) fn decode(hex: &[u8]) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = hex.try_into().ok()?;
    let mut bytes = [0; 32];
    let mut all = 0;
    for (byte, pair) in bytes.iter_mut().zip(digits.as_chunks::<2>().0) {
        let [high, low] = pair.map(digit);
        all |= high | low;
        *byte = high << 4 | low;
    }
    (all < 16).then_some(bytes)
}

/// What a digit is worth; 255 where it is none.
fn digit(text: u8) -> u8 {
    let decimal = text.wrapping_sub(b'0');
    let letter = text.to_ascii_lowercase().wrapping_sub(b'a');
    if decimal < 10 {
        decimal
    } else if letter < 6 {
        letter + 10
    } else {
        u8::MAX
    }
}

/// In lower case.
pub(super) fn encode(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    let pairs = bytes
        .iter()
        .map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    pairs.flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_either_case_are_read_and_nothing_else() {
        for text in 0..=u8::MAX {
            let mut digits = [b'7'; 64];
            digits[9] = text;
            let expected = char::from(text)
                .to_digit(16)
                .map(|value| 0x70 | value as u8);
            let read = decode(&digits);
            assert_eq!(read.map(|bytes| bytes[4]), expected, "{text}");
            assert!(read.is_none_or(|bytes| bytes[5] == 0x77));
        }
        assert_eq!(decode(&[b'7'; 63]), None);
        assert_eq!(decode(&[b'7'; 65]), None);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let bytes = std::array::from_fn(|index| index as u8 * 8 + 1);
        assert_eq!(decode(encode(&bytes).as_bytes()), Some(bytes));
    }
}
