//! A keyed permutation of the texts of one shape: [`Permutation`].
//!
//! 1. A text becomes another one with a digit for each digit, a letter for each letter in its case, and everything else
//!    as it was. Leading zeros stay, and a first digit that is not zero does not become zero: a number stays a number.
//! 2. It is a bijection among the texts of one shape, so two ids stay two ids, however many there are, and nothing has to
//!    be remembered of them. No text becomes itself.
//! 3. Without the key nothing leads back.
//!
//! It is a Feistel network over the places of a text, each with the size of its alphabet, in the way of FF1. The
//! successor of a text, counted with carry, has no fixed point; so neither has network, successor, network backwards.

use std::hash::Hasher;

use siphasher::sip::SipHasher24;

/// A key, and what is made with it.
#[derive(Clone)]
pub(crate) struct Permutation {
    key: [u8; 16],
}

/// What may stand in one place of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alphabet {
    /// This very character.
    Fixed,
    Digit,
    /// A digit that is not zero.
    FirstDigit,
    Lower,
    Upper,
    /// `a` to `f`.
    LowerHex,
    UpperHex,
}

impl Alphabet {
    fn first(self) -> u8 {
        match self {
            Self::Fixed => 0,
            Self::Digit => b'0',
            Self::FirstDigit => b'1',
            Self::Lower | Self::LowerHex => b'a',
            Self::Upper | Self::UpperHex => b'A',
        }
    }

    fn size(self) -> u64 {
        match self {
            Self::Fixed => 1,
            Self::Digit => 10,
            Self::FirstDigit => 9,
            Self::Lower | Self::Upper => 26,
            Self::LowerHex | Self::UpperHex => 6,
        }
    }
}

/// One place that varies: where it is in the text, its alphabet, and which of the alphabet's characters is there.
struct Place {
    at: usize,
    alphabet: Alphabet,
    value: u64,
}

/// FF1 has ten.
const ROUNDS: u8 = 10;

impl Permutation {
    pub(crate) fn new(key: [u8; 16]) -> Self {
        Self { key }
    }

    /// Replaces the characters of one token, each by another one of its alphabet.
    pub(crate) fn permute(&self, text: &mut [(char, Alphabet)]) {
        let shape = self.shape(text);
        let mut places: Vec<Place> = text
            .iter()
            .enumerate()
            .filter_map(|(at, (char, alphabet))| {
                let byte = u8::try_from(*char).ok()?;
                let value = u64::from(byte.checked_sub(alphabet.first())?);
                let varies = alphabet.size() > 1 && value < alphabet.size();
                varies.then_some(Place {
                    at,
                    alphabet: *alphabet,
                    value,
                })
            })
            .collect();
        match places.as_mut_slice() {
            [] => {}
            [only] => {
                let size = only.alphabet.size();
                only.value = (only.value + 1 + self.hash(&[b"one"], shape) % (size - 1)) % size;
            }
            places => {
                for round in 0..ROUNDS {
                    self.round(places, round, shape, true);
                }
                increment(places);
                for round in (0..ROUNDS).rev() {
                    self.round(places, round, shape, false);
                }
            }
        }
        for place in places {
            let byte = u8::try_from(place.value).unwrap_or_default() + place.alphabet.first();
            if let Some((char, _)) = text.get_mut(place.at) {
                *char = char::from(byte);
            }
        }
    }

    /// Letters in the place of a text of another alphabet: as many, and the same for the same text.
    pub(crate) fn letters(&self, text: &str) -> String {
        let seed = self.hash(&[b"letters", text.as_bytes()], 0);
        let letter = |n: usize| {
            let value = self.hash(&[&n.to_le_bytes()], seed) % 26;
            char::from(b'a' + u8::try_from(value).unwrap_or_default())
        };
        (0..text.chars().count()).map(letter).collect()
    }

    /// A number below this, the same for the same name.
    pub(crate) fn number_below(&self, name: &[u8], bound: u64) -> u64 {
        self.hash(&[b"number", name], 0) % bound
    }

    /// Adds to one half of the places, or takes from it, what the other half and the round say.
    fn round(&self, places: &mut [Place], round: u8, shape: u64, is_forward: bool) {
        let (left, right) = places.split_at_mut(places.len() / 2);
        let (changed, other) = if round.is_multiple_of(2) {
            (left, right)
        } else {
            (right, left)
        };
        let other: Vec<u8> = other
            .iter()
            .map(|place| u8::try_from(place.value).unwrap_or_default())
            .collect();
        let seed = self.hash(&[b"round", &[round], &other], shape);
        for (n, place) in changed.iter_mut().enumerate() {
            let size = place.alphabet.size();
            let by = self.hash(&[&n.to_le_bytes()], seed) % size;
            let by = if is_forward { by } else { size - by };
            place.value = (place.value + by) % size;
        }
    }

    fn shape(&self, text: &[(char, Alphabet)]) -> u64 {
        let alphabets: Vec<u8> = text.iter().map(|(_, alphabet)| *alphabet as u8).collect();
        self.hash(&[b"shape", &alphabets], 0)
    }

    fn hash(&self, parts: &[&[u8]], seed: u64) -> u64 {
        let mut hasher = SipHasher24::new_with_key(&self.key);
        hasher.write_u64(seed);
        for part in parts {
            hasher.write_usize(part.len());
            hasher.write(part);
        }
        hasher.finish()
    }
}

/// The next text, counted from its end with carry; after the last one comes the first.
fn increment(places: &mut [Place]) {
    for place in places.iter_mut().rev() {
        place.value += 1;
        if place.value < place.alphabet.size() {
            return;
        }
        place.value = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn digits(text: &str) -> Vec<(char, Alphabet)> {
        text.chars().map(|char| (char, Alphabet::Digit)).collect()
    }

    fn permuted(permutation: &Permutation, text: &str) -> String {
        let mut places = digits(text);
        permutation.permute(&mut places);
        places.into_iter().map(|(char, _)| char).collect()
    }

    #[test]
    fn texts_of_one_shape_stay_different_and_none_stays_itself() {
        for length in 1..=4 {
            let permutation = Permutation::new([length; 16]);
            let count = 10_usize.pow(length.into());
            let width = usize::from(length);
            let images: HashSet<String> = (0..count)
                .map(|n| {
                    let text = format!("{n:0width$}");
                    let image = permuted(&permutation, &text);
                    assert_ne!(image, text);
                    assert_eq!(image.len(), text.len());
                    image
                })
                .collect();
            assert_eq!(images.len(), count);
        }
    }

    #[test]
    fn another_key_gives_other_texts() {
        let one = permuted(&Permutation::new([1; 16]), "440000000000");
        let two = permuted(&Permutation::new([2; 16]), "440000000000");
        assert_ne!(one, two);
    }
}
