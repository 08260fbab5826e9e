//! Which alternative of a schema to build a value from.

/// Which alternatives are chosen, in order of appearance; a later one is tried first.
#[derive(Debug)]
pub(super) struct Choice {
    /// Number of alternatives and the one taken, counted from `start`.
    digits: Vec<(usize, usize)>,
    next: usize,
    start: usize,
}

impl Choice {
    /// Begins with the alternative of that number at the first choice.
    pub fn starting(start: usize) -> Self {
        Self { digits: Vec::new(), next: 0, start }
    }

    /// The alternative to take among `count`.
    pub fn take(&mut self, count: usize) -> usize {
        if self.next == self.digits.len() {
            self.digits.push((count, 0));
        }
        let (_, digit) = self.digits[self.next];
        // Only the first choice is turned, so that each start leads to another whole.
        let turn = if self.next == 0 { self.start } else { self.start / 7 };
        self.next += 1;
        (digit + turn) % count.max(1)
    }

    /// Goes on to the next combination; false after the last.
    pub fn advance(&mut self) -> bool {
        self.digits.truncate(self.next);
        self.next = 0;
        while let Some((count, digit)) = self.digits.pop() {
            if digit + 1 < count {
                self.digits.push((count, digit + 1));
                return true;
            }
        }
        false
    }

    /// The alternative that was taken at the first choice.
    pub fn first(&self) -> Option<usize> {
        self.digits.first().map(|(count, digit)| (digit + self.start) % (*count).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// All combinations of two choices, among 2 and among 3, in the order in which they are tried.
    #[rstest]
    #[case(0, "00 01 02 10 11 12")]
    #[case(1, "10 11 12 00 01 02")]
    #[case(7, "11 12 10 01 02 00")]
    fn combinations_are_gone_through(#[case] start: usize, #[case] expected: &str) {
        let mut choice = Choice::starting(start);
        let mut found = Vec::new();
        loop {
            let first = choice.take(2);
            assert_eq!(choice.first(), Some(first));
            found.push(format!("{first}{}", choice.take(3)));
            if !choice.advance() {
                break;
            }
        }
        assert_eq!(found.join(" "), expected);
    }
}
