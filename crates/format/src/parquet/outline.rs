//! The tree of a footer's schema, looked over before the `parquet` crate builds it: that one takes the number of children
//! for granted and goes down as deep as they say.

use super::thrift::{Reader, Wire, look_over};
use rimon_spec::{Error, Result};

/// Deepest tree taken: three levels for each of the hundred that a type may have, and some.
const DEPTH: usize = 320;
/// `FileMetaData.schema` and `SchemaElement.num_children` of parquet.thrift.
const SCHEMA: i64 = 2;
const CHILDREN: i64 = 5;

/// Looks over the bytes of a footer.
///
/// # Errors
/// `Corrupt` for what is no footer, `ResourceExhausted` for a tree that is too deep.
pub(super) fn look_over_footer(bytes: &[u8]) -> Result<()> {
    look_over(bytes, None)?;
    let mut reader = Reader::new(bytes);
    while let Some((id, wire)) = reader.field()? {
        match (id, wire) {
            (SCHEMA, Wire::List) => tree(&mut reader)?,
            (SCHEMA, _) => return Err(Error::corrupt("a footer whose schema is no list")),
            _ => reader.skip(wire)?,
        }
    }
    Ok(())
}

/// The elements come depth first, each with the number of its children.
fn tree(reader: &mut Reader<'_>) -> Result<()> {
    let (count, wire) = reader.list()?;
    if wire != Wire::Struct {
        return Err(Error::corrupt("a footer whose schema is no list of elements"));
    }
    let (mut left, mut due) = (count, 0_u64);
    // How many children are still to come, on each level.
    let mut open: Vec<u64> = Vec::new();
    for _ in 0..count {
        left -= 1;
        due = due.saturating_sub(1);
        while open.pop_if(|children| *children == 0).is_some() {}
        if let Some(children) = open.last_mut() {
            *children -= 1;
        }
        let children = children(reader)?;
        due = due.saturating_add(children);
        if due > left {
            let message = format!("a schema of which {due} elements are to come and {left} do");
            return Err(Error::corrupt(message));
        }
        if children > 0 {
            open.push(children);
        }
        if open.len() > DEPTH {
            return Err(Error::exhausted(format!("a schema nested deeper than {DEPTH}")));
        }
    }
    Ok(())
}

fn children(reader: &mut Reader<'_>) -> Result<u64> {
    let outer = reader.enter();
    let mut children = 0;
    while let Some((id, wire)) = reader.field()? {
        match (id, wire) {
            (CHILDREN, Wire::Int) => {
                children = u64::try_from(reader.int()?)
                    .map_err(|_| Error::corrupt("an element with less than no children"))?;
            }
            (CHILDREN, _) => return Err(Error::corrupt("the number of children is no number")),
            _ => reader.skip(wire)?,
        }
    }
    reader.leave(outer);
    Ok(children)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rimon_spec::ErrorKind;

    /// A footer of elements with so many children each.
    fn footer(children: &[u32]) -> Vec<u8> {
        let varint = |mut n: u64, out: &mut Vec<u8>| {
            while n > 0x7f {
                out.push(n as u8 | 0x80);
                n >>= 7;
            }
            out.push(n as u8);
        };
        // {1: version 1, 2: list of structs
        let mut bytes = vec![0x15, 2, 0x19, 0xfc];
        varint(children.len() as u64, &mut bytes);
        for n in children {
            bytes.push(0x55);
            varint(u64::from(*n) << 1, &mut bytes);
            bytes.push(0);
        }
        bytes.push(0);
        bytes
    }

    #[test]
    fn trees_that_are_whole_pass() {
        for whole in [&[0][..], &[2, 0, 0], &[2, 1, 0, 1, 1, 0], &[1, 1, 1, 0]] {
            look_over_footer(&footer(whole)).unwrap();
        }
    }

    #[test]
    fn children_that_do_not_come_are_not_waited_for() {
        for bad in [&[1][..], &[i32::MAX as u32, 0], &[1, u32::MAX / 4, 0, 0], &[2, 2, 2, 0, 0]] {
            let error = look_over_footer(&footer(bad)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{bad:?}");
        }
    }

    #[test]
    fn a_deep_tree_is_refused() {
        let mut deep = vec![1; 100_000];
        deep.push(0);
        let error = look_over_footer(&footer(&deep)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ResourceExhausted);
    }
}
