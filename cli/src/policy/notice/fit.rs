//! How large the type of a sign may be, so that everything on it stands on one page.
//!
//! A page cannot measure itself without a script, and these have none: heights are estimated, for wide fonts, and a
//! sign is rather set too small than cut off.

/// The page inside its margins, in hundredths of its width and in the units of `sign.css` (rem).
const WIDTH_REM: f64 = 44.8;
const HEIGHT_REM: f64 = 65.4;

/// The sizes of type that `sign.css` has a class for, and the class.
const SIZES: [(f64, &str); 8] = [
    (1.2, "sheet s120"),
    (1.1, "sheet s110"),
    (1.0, "sheet s100"),
    (0.92, "sheet s92"),
    (0.84, "sheet s84"),
    (0.76, "sheet s76"),
    (0.68, "sheet s68"),
    (0.6, "sheet s60"),
];

/// Width of a letter of a wide sans-serif font, with what is lost at the end of lines, in em.
const LETTER_EM: f64 = 0.58;
const BOLD_LETTER_EM: f64 = 0.67;

/// Text of a sign, in the units of its own type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block<'t> {
    /// The text.
    pub(crate) text: &'t str,
    /// Its size against that of the sheet.
    pub(crate) size_em: f64,
    /// Whether it is bold.
    pub(crate) bold: bool,
    /// Height of a line against the size of its letters, and space below, in em of the sheet.
    pub(crate) line: f64,
    /// Space below it, in em of the sheet.
    pub(crate) below_em: f64,
}

/// A column of blocks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Column<'t> {
    /// Its share of the width of the page, rem.
    pub(crate) width_rem: f64,
    /// What is drawn beside or above the text and does not grow with it, rem.
    pub(crate) fixed_rem: f64,
    /// From top to bottom.
    pub(crate) blocks: Vec<Block<'t>>,
}

/// A row: columns beside each other.
pub(crate) type Row<'t> = Vec<Column<'t>>;

/// The class of the largest type in which these rows stand on one page; none where no type is small enough.
pub(crate) fn class(rows: &[Row<'_>]) -> Option<&'static str> {
    SIZES.iter().find(|(size, _)| height_rem(rows, *size) <= HEIGHT_REM).map(|(_, class)| *class)
}

/// The whole width.
pub(crate) fn whole(blocks: Vec<Block<'_>>) -> Column<'_> {
    Column { width_rem: WIDTH_REM, fixed_rem: 0.0, blocks }
}

fn height_rem(rows: &[Row<'_>], size: f64) -> f64 {
    rows.iter().map(|row| row.iter().map(|column| column.height_rem(size)).fold(0.0, f64::max)).sum()
}

impl Column<'_> {
    fn height_rem(&self, size: f64) -> f64 {
        let blocks = self.blocks.iter().map(|block| block.height_em(self.width_rem / size) * size);
        self.fixed_rem + blocks.sum::<f64>()
    }
}

impl Block<'_> {
    /// In a column of this width, in em of the sheet.
    fn height_em(&self, width_em: f64) -> f64 {
        let letter = if self.bold { BOLD_LETTER_EM } else { LETTER_EM } * self.size_em;
        #[expect(clippy::cast_precision_loss, reason = "a text of a sign has far fewer letters than 2^52")]
        let length_em = self.text.chars().count() as f64 * letter;
        let lines = (length_em / width_em.max(letter)).ceil().max(1.0);
        lines * self.size_em * self.line + self.below_em
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Vec<Row<'_>> {
        let block = Block { text, size_em: 1.4, bold: false, line: 1.25, below_em: 0.5 };
        vec![vec![whole(vec![block])]]
    }

    #[test]
    fn longer_texts_get_smaller_type_until_none_fits() {
        let class_of = |letters: usize| class(&row(&"x".repeat(letters)));
        assert_eq!(class_of(0), Some("sheet s120"));
        assert_eq!(class_of(400), Some("sheet s120"));
        let mut before = 0;
        for letters in (0..8_000).step_by(100) {
            let found = class_of(letters);
            let rank =
                found.map_or(SIZES.len(), |class| SIZES.iter().position(|(_, one)| *one == class).unwrap());
            assert!(rank >= before, "{letters}");
            before = rank;
        }
        assert_eq!(class_of(8_000), None);
    }

    #[test]
    fn the_highest_column_of_a_row_counts() {
        let text = "x".repeat(300);
        let tall = Block { text: &text, size_em: 1.0, bold: true, line: 1.3, below_em: 0.0 };
        let column = |blocks| Column { width_rem: 20.0, fixed_rem: 1.0, blocks };
        let both = vec![vec![column(vec![tall]), column(vec![])]];
        let one = vec![vec![column(vec![tall])]];
        assert!((height_rem(&both, 1.0) - height_rem(&one, 1.0)).abs() < 1e-9);
    }
}
