//! Masks of pixels, row by row: growing, shrinking, blobs, soft edges. What lies outside is not set.

/// Whether any neighbour within `radius` is set.
pub fn grown(mask: &[bool], width: usize, radius: usize) -> Vec<bool> {
    let along_rows = slide(mask, width, radius, 1);
    slide(&along_rows, width, radius, width)
}

/// Whether all neighbours within `radius` are set.
pub fn shrunk(mask: &[bool], width: usize, radius: usize) -> Vec<bool> {
    let outside: Vec<bool> = mask.iter().map(|set| !set).collect();
    grown(&outside, width, radius).into_iter().map(|set| !set).collect()
}

/// Grows along rows (`step` 1) or columns (`step` = width).
fn slide(mask: &[bool], width: usize, radius: usize, step: usize) -> Vec<bool> {
    let same_line = |a: usize, b: usize| step != 1 || a / width == b / width;
    let near = |index: usize| {
        (0..=2 * radius).any(|offset| {
            let at = (index + offset * step).checked_sub(radius * step);
            at.is_some_and(|at| same_line(at, index) && mask.get(at) == Some(&true))
        })
    };
    (0..mask.len()).map(near).collect()
}

/// The connected set pixels that hold `start` and were not visited before.
pub fn blob(mask: &[bool], visited: &mut [bool], start: usize, width: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut open = vec![start];
    while let Some(index) = open.pop() {
        let Some(seen) = visited.get_mut(index) else { continue };
        if *seen || mask.get(index) != Some(&true) {
            continue;
        }
        *seen = true;
        found.push(index);
        let column = index % width;
        open.extend((column > 0).then(|| index - 1));
        open.extend((column + 1 < width).then_some(index + 1));
        open.extend(index.checked_sub(width));
        open.push(index + width);
    }
    found
}

/// A mask with soft edges, 0..=1.
pub fn feathered(mask: &[bool], width: usize) -> Vec<f32> {
    let value = |index: Option<usize>| f32::from(u8::from(index.and_then(|i| mask.get(i)) == Some(&true)));
    let soft = |index: usize| {
        let row = |from: Option<usize>| {
            let side = |offset: isize| value(from.and_then(|i| i.checked_add_signed(offset)));
            side(-1) + 2.0 * side(0) + side(1)
        };
        (row(index.checked_sub(width)) + 2.0 * row(Some(index)) + row(Some(index + width))) / 16.0
    };
    (0..mask.len()).map(soft).collect()
}
