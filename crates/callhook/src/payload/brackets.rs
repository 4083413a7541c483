//! The open brackets of a JSON text: [`Brackets`].

/// Which of the open brackets are an array's: a bit each, the innermost lowest.
#[derive(Default)]
pub(super) struct Brackets {
    arrays: u64,
    depth: usize,
    /// Of the brackets beyond as many as a word has bits.
    outer: Vec<u64>,
}

impl Brackets {
    pub(super) fn push(&mut self, is_array: bool) {
        if self.depth > 0 && self.depth.is_multiple_of(WORD) {
            self.outer.push(self.arrays);
            self.arrays = 0;
        }
        self.depth += 1;
        self.arrays = self.arrays << 1 | u64::from(is_array);
    }

    pub(super) fn pop(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.arrays >>= 1;
        if self.depth.is_multiple_of(WORD)
            && let Some(outer) = self.outer.pop()
        {
            self.arrays = outer;
        }
    }

    /// How many are open.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Whether the innermost is an array's.
    pub(super) fn is_array(&self) -> bool {
        self.arrays & 1 == 1
    }
}

const WORD: usize = u64::BITS as usize;
