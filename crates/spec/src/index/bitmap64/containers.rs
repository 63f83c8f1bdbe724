//! The containers of a bitmap in the order in which they came.

use super::container::Container;
use super::input::{Input, malformed};
use crate::Result;

/// Before each array of containers.
const WHOLE: u8 = 0xFE;

/// Arrays of places, filled one after the other; the upper half of a place's number tells the array. An array grows by
/// half, so that it may end in places without a container.
#[derive(Debug)]
pub(super) struct Containers {
    arrays: Vec<Vec<Option<Container>>>,
    /// Number of containers.
    count: u64,
    /// The last array; -1 before there is one.
    array: i32,
    /// The last place in it.
    place: u32,
}

impl Default for Containers {
    fn default() -> Self {
        Self { arrays: Vec::new(), count: 0, array: -1, place: 0 }
    }
}

impl Containers {
    pub(super) fn read(input: &mut Input<'_>) -> Result<Self> {
        let arrays = (0..input.int()?).map(|_| read_array(input)).collect::<Result<Vec<_>>>()?;
        let count = input.long()?;
        let array = input.int()? as i32;
        let place = input.int()?;
        let length = arrays.last().map(Vec::len);
        if usize::try_from(array).ok().and_then(|a| a.checked_add(1)) != Some(arrays.len())
            || length.is_none_or(|length| place as usize >= length)
        {
            return Err(malformed("has containers in no order"));
        }
        Ok(Self { arrays, count, array, place })
    }

    fn slot(&self, place: u64) -> Option<&Option<Container>> {
        self.arrays.get((place >> 32) as usize)?.get((place & 0xFFFF_FFFF) as usize)
    }

    pub(super) fn get(&self, place: u64) -> Result<&Container> {
        let container = self.slot(place).and_then(Option::as_ref);
        container.ok_or_else(|| malformed("lacks a container"))
    }

    pub(super) fn unite(&mut self, place: u64, other: &Container) -> Result<()> {
        let array = self.arrays.get_mut((place >> 32) as usize);
        let slot = array.and_then(|array| array.get_mut((place & 0xFFFF_FFFF) as usize));
        let container = slot.and_then(Option::as_mut);
        container.ok_or_else(|| malformed("lacks a container"))?.unite(other);
        Ok(())
    }

    /// Puts a container behind the last one; its place.
    pub(super) fn add(&mut self, container: Container) -> u64 {
        match self.arrays.last_mut() {
            None => {
                self.arrays.push(vec![Some(container)]);
                (self.array, self.place) = (0, 0);
            }
            Some(array) => {
                self.place += 1;
                let needed = self.place as usize + 1;
                if needed > array.len() {
                    array.resize((array.len() + array.len() / 2).max(needed), None);
                }
                if let Some(slot) = array.get_mut(self.place as usize) {
                    *slot = Some(container);
                }
            }
        }
        self.count += 1;
        (self.arrays.len() as u64 - 1) << 32 | u64::from(self.place)
    }

    pub(super) fn optimize(&mut self) {
        self.arrays.iter_mut().flatten().flatten().for_each(Container::optimize);
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend((self.arrays.len() as u32).to_le_bytes());
        for array in &self.arrays {
            out.push(WHOLE);
            out.extend((array.len() as u32).to_le_bytes());
            for container in array {
                out.push(u8::from(container.is_some()));
                if let Some(container) = container {
                    container.write(out);
                }
            }
        }
        out.extend(self.count.to_le_bytes());
        out.extend(self.array.to_le_bytes());
        out.extend(self.place.to_le_bytes());
    }
}

fn read_array(input: &mut Input<'_>) -> Result<Vec<Option<Container>>> {
    if input.byte()? != WHOLE {
        return Err(malformed("has an array of containers of another kind"));
    }
    let length = input.int()? as usize;
    // Each place takes a byte.
    if length > input.left() {
        return Err(malformed("has more containers than bytes"));
    }
    let mut containers = Vec::with_capacity(length.min(1024));
    for _ in 0..length {
        containers.push(match input.byte()? {
            0 => None,
            1 => Some(Container::read(input)?),
            other => return Err(malformed(&format!("has a mark {other} before a container"))),
        });
    }
    Ok(containers)
}
