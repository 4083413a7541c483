//! Amounts of money.

use std::cmp::Ordering;
use std::error::Error;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// An amount of money as a decimal number, exact to its last digit and without a limit on how many there are. The wire
/// doesn't say which currency it is in.
///
/// It keeps its text; equality, order and hash go by the value: `0`, `0.000000` and `-0` are one amount. `Debug` shows
/// how many digits there are, never which: an account's balance and its rates are not for a log.
///
/// ```
/// use callhook::value::Amount;
///
/// let rate: Amount = "0.450000".parse()?;
/// assert_eq!(rate.as_str(), "0.450000");
/// assert_eq!(rate, "0.45".parse()?);
/// assert_eq!(rate.units(6), Some(450_000));
/// # Ok::<(), callhook::value::AmountError>(())
/// ```
#[derive(Clone)]
pub struct Amount(ecow::EcoString);

impl Amount {
    /// The number as sent, with all its zeros.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The amount as a whole number of units with so many decimal places, for arithmetic: of `0.450000`, 450 000 units
    /// with 6 places, or 45 with 2. `None` where the unit is too large to be exact, or the number for its type.
    #[must_use]
    pub fn units(&self, places: u8) -> Option<i128> {
        let Parts {
            is_negative,
            whole,
            fraction,
        } = self.parts();
        let missing = usize::from(places).checked_sub(fraction.len())?;
        let zeros = std::iter::repeat_n(b'0', missing);
        let mut units: i128 = 0;
        for digit in whole.bytes().chain(fraction.bytes()).chain(zeros) {
            let digit = i128::from(digit - b'0');
            let digit = if is_negative { -digit } else { digit };
            units = units.checked_mul(10)?.checked_add(digit)?;
        }
        Some(units)
    }

    /// A sign, digits, and a fraction, each but the digits optional: no exponent, and nothing that groups digits.
    fn read(text: &str) -> Option<Self> {
        let text = text.trim_ascii();
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (mut is_number, mut is_fraction) = (false, false);
        for byte in digits.bytes() {
            match byte {
                b'0'..=b'9' => is_number = true,
                b'.' if !is_fraction => is_fraction = true,
                _ => return None,
            }
        }
        is_number.then(|| Self(text.into()))
    }

    fn parts(&self) -> Parts<'_> {
        let digits = self.0.trim_start_matches(['-', '+']);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let (whole, fraction) = (
            whole.trim_start_matches('0'),
            fraction.trim_end_matches('0'),
        );
        Parts {
            is_negative: self.0.starts_with('-') && !(whole.is_empty() && fraction.is_empty()),
            whole,
            fraction,
        }
    }
}

/// What decides an amount's value: no two different parts are one.
#[derive(PartialEq, Eq, Hash)]
struct Parts<'a> {
    is_negative: bool,
    /// Without zeros in front.
    whole: &'a str,
    /// Without zeros at the end.
    fraction: &'a str,
}

impl Parts<'_> {
    fn size(&self) -> (usize, &str, &str) {
        (self.whole.len(), self.whole, self.fraction)
    }
}

from_scalar!(Amount: Amount::read);
deserialize_from_text!(Amount, "a decimal number such as `0.450000`", Amount::read);

impl FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        Self::read(text).ok_or(AmountError)
    }
}

impl PartialEq for Amount {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for Amount {}

impl Hash for Amount {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl PartialOrd for Amount {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Amount {
    fn cmp(&self, other: &Self) -> Ordering {
        let (one, two) = (self.parts(), other.parts());
        match (one.is_negative, two.is_negative) {
            (false, false) => one.size().cmp(&two.size()),
            (true, true) => two.size().cmp(&one.size()),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.bytes().filter(u8::is_ascii_digit).count();
        write!(f, "Amount({digits} digits)")
    }
}

impl Serialize for Amount {
    /// As a string: a number would become a float in most readers.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A text is not a decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AmountError;

impl fmt::Display for AmountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an amount is digits with an optional sign and fraction, such as `0.450000`")
    }
}

impl Error for AmountError {}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn amount(text: &str) -> Amount {
        text.parse().expect("an amount")
    }

    #[test]
    fn an_amount_is_equal_however_many_zeros_it_was_written_with() {
        let zeros: HashSet<Amount> = ["0", "0.000000", "-0", "00.0", "+0", ".0"]
            .map(amount)
            .into();
        assert_eq!(zeros.len(), 1);
        let rates: HashSet<Amount> = ["0.450000", "0.45", ".45", " 00.450 "].map(amount).into();
        assert_eq!(rates.len(), 1);
        assert_ne!(amount("0.45"), amount("-0.45"));
        assert_ne!(amount("10"), amount("1"));
        // Beyond what a float tells apart.
        assert_ne!(amount("9007199254740993.01"), amount("9007199254740993.02"));
    }

    #[test]
    fn an_amount_keeps_its_text() {
        let balance = amount(" 0878.900000");
        assert_eq!(balance.to_string(), "0878.900000");
        assert_eq!(format!("{balance:?}"), "Amount(10 digits)");
        assert_eq!(
            serde_json::to_string(&balance).expect("a string"),
            r#""0878.900000""#
        );
    }

    #[test]
    fn amounts_are_ordered_by_value() {
        let ordered = [
            "-10", "-9.5", "-0.1", "0", "0.09", "0.1", "9.5", "10", "100.0",
        ]
        .map(amount);
        assert!(ordered.is_sorted());
        assert_eq!(amount("1.0").cmp(&amount("1")), Ordering::Equal);
    }

    #[test]
    fn units_are_exact_or_none() {
        assert_eq!(amount("76.349024").units(6), Some(76_349_024));
        assert_eq!(amount("-0.450000").units(2), Some(-45));
        assert_eq!(amount("0").units(0), Some(0));
        assert_eq!(amount("0.455").units(2), None);
        assert_eq!(amount(&"9".repeat(40)).units(0), None);
        assert_eq!(amount(&i128::MIN.to_string()).units(0), Some(i128::MIN));
    }

    #[test]
    fn what_is_no_decimal_number_is_no_amount() {
        for text in [
            "", " ", ".", "-", "1e3", "1,5", "0x1", "--1", "+-1", "1.2.3", "1 2", "NaN", "१",
        ] {
            assert_eq!(text.parse::<Amount>(), Err(AmountError), "{text}");
        }
    }
}
