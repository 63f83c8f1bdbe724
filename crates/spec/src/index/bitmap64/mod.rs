//! Sets of 64-bit numbers in the bytes of Java's `Roaring64Bitmap` (format.md §9): a radix tree (ART) from the upper 48
//! bits of a number to a container of the lower 16. The bytes tell in which order keys came; a union keeps it as Java
//! does, so that its bytes are Java's.

mod container;
mod containers;
mod input;
#[cfg(test)]
mod tests;
mod tree;

use crate::Result;
use containers::Containers;
use input::Input;
use tree::{Key, Tree};

/// First byte of a bitmap without numbers.
const EMPTY: u8 = 0;
/// First byte of any other.
const NOT_EMPTY: u8 = 1;

#[derive(Debug, Default)]
struct Bitmap64 {
    tree: Tree,
    containers: Containers,
}

impl Bitmap64 {
    fn read(bytes: &[u8]) -> Result<Self> {
        let mut input = Input::new(bytes);
        if input.byte()? == EMPTY {
            return Ok(Self::default());
        }
        let tree = Tree::read(&mut input)?;
        let containers = Containers::read(&mut input)?;
        let bitmap = Self { tree, containers };
        for (_, place) in bitmap.tree.leaves() {
            bitmap.containers.get(place)?;
        }
        Ok(bitmap)
    }

    fn unite(&mut self, other: &Self) -> Result<()> {
        let known: std::collections::BTreeMap<Key, u64> = self.tree.leaves().into_iter().collect();
        for (key, place) in other.tree.leaves() {
            let container = other.containers.get(place)?;
            match known.get(&key) {
                Some(place) => self.containers.unite(*place, container)?,
                None => {
                    let place = self.containers.add(container.clone());
                    self.tree.insert(key, place);
                }
            }
        }
        Ok(())
    }

    fn write(&mut self) -> Vec<u8> {
        if self.tree.is_empty() {
            return vec![EMPTY];
        }
        self.containers.optimize();
        let mut out = vec![NOT_EMPTY];
        self.tree.write(&mut out);
        self.containers.write(&mut out);
        out
    }
}

/// The union of two bitmaps of 64-bit numbers: `b` is added to `a` (`RoaringBitmap64.java`).
///
/// # Errors
/// `Corrupt` when one of them is no bitmap.
pub fn union_bitmaps64(a: &[u8], b: &[u8]) -> Result<Vec<u8>> {
    let mut union = Bitmap64::read(a)?;
    union.unite(&Bitmap64::read(b)?)?;
    Ok(union.write())
}
