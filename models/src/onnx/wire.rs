//! The protobuf wire format, as far as a model file needs it: reading field by field, and writing.
//!
//! *Source*: <https://protobuf.dev/programming-guides/encoding/>. Groups (wire types 3 and 4) are refused: ONNX
//! has none.

/// What is wrong with the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wrong(pub(crate) &'static str);

/// A field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    /// Four or eight bytes that nothing here looks into.
    Fixed,
}

/// One field of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field<'a> {
    pub(crate) number: u32,
    pub(crate) value: Value<'a>,
    /// Key and value as they stand in the file.
    pub(crate) raw: &'a [u8],
}

impl<'a> Field<'a> {
    pub(crate) fn as_pair(&self) -> (u32, Value<'a>) {
        (self.number, self.value)
    }
}

/// The fields of a message, in order; ends after the first error.
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) fn of(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    fn read(&mut self) -> Result<Field<'a>, Wrong> {
        let from = self.rest;
        let key = self.varint()?;
        let number = u32::try_from(key >> 3).map_err(|_| Wrong("a field number is out of range"))?;
        let value = match key & 7 {
            0 => Value::Varint(self.varint()?),
            1 => self.take(8).map(|_| Value::Fixed)?,
            2 => {
                let length =
                    usize::try_from(self.varint()?).map_err(|_| Wrong("a length is out of range"))?;
                Value::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Value::Fixed)?,
            _ => return Err(Wrong("it is not made of protobuf fields")),
        };
        let length = from.len() - self.rest.len();
        Ok(Field { number, value, raw: from.get(..length).unwrap_or_default() })
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Wrong> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Wrong("it is cut off"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn varint(&mut self) -> Result<u64, Wrong> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.rest.split_first().ok_or(Wrong("it is cut off"))?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Wrong("a number is longer than ten bytes"))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, Wrong>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let read = self.read();
        if read.is_err() {
            self.rest = &[];
        }
        Some(read)
    }
}

pub(crate) fn text(bytes: &[u8]) -> Result<String, Wrong> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Wrong("a name is not UTF-8"))
}

/// The last field of this number, as protobuf reads a field that should be there once.
pub(crate) fn last_bytes(message: &[u8], number: u32) -> Result<Option<&[u8]>, Wrong> {
    let mut last = None;
    for entry in Fields::of(message) {
        match entry?.as_pair() {
            (found, Value::Bytes(bytes)) if found == number => last = Some(bytes),
            _ => {}
        }
    }
    Ok(last)
}

pub(crate) fn last_text(message: &[u8], number: u32) -> Result<String, Wrong> {
    last_bytes(message, number)?.map_or(Ok(String::new()), text)
}

pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(crate) fn put_bytes(out: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    put_varint(out, u64::from(number) << 3 | 2);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_read_back_with_their_raw_bytes() {
        let mut message = Vec::new();
        put_bytes(&mut message, 7, b"velum");
        put_varint(&mut message, 3 << 3);
        put_varint(&mut message, u64::MAX);
        let fields: Vec<_> = Fields::of(&message).map(Result::unwrap).collect();
        assert_eq!(fields[0].as_pair(), (7, Value::Bytes(b"velum")));
        assert_eq!(fields[1].as_pair(), (3, Value::Varint(u64::MAX)));
        assert_eq!([fields[0].raw, fields[1].raw].concat(), message);
    }

    #[test]
    fn what_is_no_protobuf_is_an_error() {
        let check = |bytes: &[u8], expected: &str| {
            let last = Fields::of(bytes).last().unwrap();
            assert_eq!(
                last.map(|field| field.number),
                Err(Wrong(match expected {
                    "cut" => "it is cut off",
                    "long" => "a number is longer than ten bytes",
                    _ => "it is not made of protobuf fields",
                }))
            );
        };
        check(&[0x0a, 5, 1], "cut");
        check(&[0x80; 3], "cut");
        check(&[0xff; 11], "long");
        check(&[0x0b], "group");
        check(&[0x0d, 1, 2], "cut");
    }
}
