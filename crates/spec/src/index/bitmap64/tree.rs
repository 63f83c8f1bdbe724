//! The radix tree over the upper 48 bits: nodes of 4, 16, 48 and 256 children that grow one into the next.

use super::input::{Input, malformed};
use crate::Result;

/// The upper 48 bits of a number, the highest byte first.
pub(super) type Key = [u8; 6];

/// What follows from the byte before a node.
const LEAF: u8 = 4;

#[derive(Debug, Default)]
pub(super) struct Tree {
    keys: u64,
    root: Option<Node>,
}

#[derive(Debug)]
enum Node {
    Leaf(Key, u64),
    Branch(Branch),
}

/// How many children a branch may have: the byte that names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Size {
    Four = 0,
    Sixteen = 1,
    FortyEight = 2,
    All = 3,
}

#[derive(Debug)]
struct Branch {
    size: Size,
    /// Bytes that all keys below share, without those of the branches above.
    prefix: Vec<u8>,
    /// By their byte, ascending.
    children: Vec<Child>,
}

#[derive(Debug)]
struct Child {
    byte: u8,
    /// Where a branch of 48 keeps it: the order in which children came.
    place: u8,
    node: Node,
}

impl Tree {
    pub(super) fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    pub(super) fn read(input: &mut Input<'_>) -> Result<Self> {
        let keys = input.long()?;
        let root = Some(Node::read(input, &mut Vec::new())?);
        Ok(Self { keys, root })
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.keys.to_le_bytes());
        if let Some(root) = &self.root {
            root.write(out);
        }
    }

    /// Keys with the places of their containers, ascending.
    pub(super) fn leaves(&self) -> Vec<(Key, u64)> {
        let mut leaves = Vec::new();
        if let Some(root) = &self.root {
            root.leaves(&mut leaves);
        }
        leaves
    }

    /// Adds a key that is not there (`Art.insert`).
    pub(super) fn insert(&mut self, key: Key, place: u64) {
        self.root = Some(match self.root.take() {
            Some(root) => root.insert(key, 0, place),
            None => Node::Leaf(key, place),
        });
        self.keys += 1;
    }
}

impl Node {
    /// A node below the bytes `path`.
    fn read(input: &mut Input<'_>, path: &mut Vec<u8>) -> Result<Self> {
        let kind = input.byte()?;
        let count = usize::from(input.short()?);
        let length = usize::from(input.byte()?);
        let prefix = input.take(length)?.to_vec();
        let size = match kind {
            0 => Size::Four,
            1 => Size::Sixteen,
            2 => Size::FortyEight,
            3 => Size::All,
            LEAF => {
                let (key, place) = (input.array::<6>()?, input.long()?);
                return match key.starts_with(path) {
                    true => Ok(Self::Leaf(key, place)),
                    false => Err(malformed("has a key in the wrong branch")),
                };
            }
            other => return Err(malformed(&format!("has a node of kind {other}"))),
        };
        let depth = path.len();
        if depth + length >= size_of::<Key>() {
            return Err(malformed("has a branch that is too deep"));
        }
        let mut children = Vec::with_capacity(count.min(256));
        let bytes = size.read(input, count)?;
        path.extend(&prefix);
        for (byte, place) in bytes {
            path.push(byte);
            children.push(Child { byte, place, node: Self::read(input, path)? });
            path.pop();
        }
        path.truncate(depth);
        Ok(Self::Branch(Branch { size, prefix, children }))
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Leaf(key, place) => {
                out.extend([LEAF, 0, 0, 0]);
                out.extend(key);
                out.extend(place.to_le_bytes());
            }
            Self::Branch(branch) => {
                out.push(branch.size as u8);
                out.extend((branch.children.len() as u16).to_le_bytes());
                out.push(branch.prefix.len() as u8);
                out.extend(&branch.prefix);
                branch.size.write(&branch.children, out);
                branch.children.iter().for_each(|child| child.node.write(out));
            }
        }
    }

    fn leaves(&self, leaves: &mut Vec<(Key, u64)>) {
        match self {
            Self::Leaf(key, place) => leaves.push((*key, *place)),
            Self::Branch(branch) => branch.children.iter().for_each(|c| c.node.leaves(leaves)),
        }
    }

    fn insert(self, key: Key, depth: usize, place: u64) -> Self {
        let rest = key.get(depth..).unwrap_or_default();
        let other = match &self {
            Self::Leaf(other, _) => other.get(depth..).unwrap_or_default(),
            Self::Branch(branch) => &branch.prefix,
        };
        let shared = rest.iter().zip(other).take_while(|(a, b)| a == b).count();
        let (byte, old) = (rest.get(shared).copied(), other.get(shared).copied());
        let prefix = rest.get(..shared).unwrap_or_default().to_vec();
        match (self, byte, old) {
            // The key and the node part within the node's bytes: a branch above both.
            (mut node, Some(byte), Some(old)) => {
                if let Self::Branch(branch) = &mut node {
                    branch.prefix.drain(..=shared);
                }
                let mut parent = Branch { size: Size::Four, prefix, children: Vec::new() };
                parent.add(old, node);
                parent.add(byte, Self::Leaf(key, place));
                Self::Branch(parent)
            }
            (Self::Branch(mut branch), Some(byte), None) => {
                match branch.children.binary_search_by_key(&byte, |child| child.byte) {
                    Ok(at) => {
                        let child = branch.children.remove(at);
                        let node = child.node.insert(key, depth + shared + 1, place);
                        branch.children.insert(at, Child { node, ..child });
                    }
                    Err(_) => branch.add(byte, Self::Leaf(key, place)),
                }
                Self::Branch(branch)
            }
            // The key is there: not asked for.
            (node, ..) => node,
        }
    }
}

impl Branch {
    fn add(&mut self, byte: u8, node: Node) {
        if self.children.len() == self.size.most() {
            self.grow();
        }
        let taken = |place: u8| self.children.iter().any(|child| child.place == place);
        let place = match self.size {
            Size::FortyEight => {
                let next = self.children.len() as u8;
                if taken(next) { (0..next).find(|p| !taken(*p)).unwrap_or(next) } else { next }
            }
            _ => 0,
        };
        let at = self.children.partition_point(|child| child.byte < byte);
        self.children.insert(at, Child { byte, place, node });
    }

    fn grow(&mut self) {
        self.size = match self.size {
            Size::Four => Size::Sixteen,
            Size::Sixteen => Size::FortyEight,
            Size::FortyEight | Size::All => Size::All,
        };
        if self.size == Size::FortyEight {
            for (place, child) in (0..).zip(&mut self.children) {
                child.place = place;
            }
        }
    }
}

impl Size {
    fn most(self) -> usize {
        match self {
            Self::Four => 4,
            Self::Sixteen => 16,
            Self::FortyEight => 48,
            Self::All => 256,
        }
    }

    /// Bytes of the children with their places, ascending.
    fn read(self, input: &mut Input<'_>, count: usize) -> Result<Vec<(u8, u8)>> {
        let mut children: Vec<(u8, u8)> = Vec::new();
        match self {
            // The first child is the highest byte of a number.
            Self::Four => children.extend(input.array::<4>()?.iter().rev().map(|b| (*b, 0))),
            Self::Sixteen => {
                for _ in 0..2 {
                    children.extend(input.array::<8>()?.iter().rev().map(|b| (*b, 0)));
                }
            }
            Self::FortyEight => {
                for word in 0..32_u8 {
                    let places = input.array::<8>()?;
                    let known = (0_u8..).zip(places.iter().rev()).filter(|(_, p)| **p != 0xFF);
                    children.extend(known.map(|(at, place)| (word * 8 + at, *place)));
                }
            }
            Self::All => {
                for word in 0..4_u8 {
                    let bits = input.long()?;
                    let known = (0..64).filter(|bit| bits >> bit & 1 == 1);
                    children.extend(known.map(|bit| (word * 64 + bit, 0)));
                }
            }
        }
        let fixed = matches!(self, Self::FortyEight | Self::All);
        if count == 0 || count > children.len() || (fixed && count != children.len()) {
            return Err(malformed("has a branch of another number of children"));
        }
        children.truncate(count);
        let ascend = children.iter().zip(children.iter().skip(1)).all(|(a, b)| a.0 < b.0);
        if !ascend || children.iter().any(|(_, place)| *place >= 48) {
            return Err(malformed("has children in no order"));
        }
        Ok(children)
    }

    fn write(self, children: &[Child], out: &mut Vec<u8>) {
        let start = out.len();
        match self {
            Self::Four | Self::Sixteen => {
                out.extend(children.iter().map(|child| child.byte));
                out.resize(start + self.most(), 0);
            }
            Self::FortyEight => {
                out.resize(start + 256, 0xFF);
                let places = out.get_mut(start..).unwrap_or_default();
                for child in children {
                    if let Some(place) = places.get_mut(usize::from(child.byte)) {
                        *place = child.place;
                    }
                }
            }
            Self::All => {
                let mut words = [0_u64; 4];
                for child in children {
                    if let Some(word) = words.get_mut(usize::from(child.byte >> 6)) {
                        *word |= 1 << (child.byte & 63);
                    }
                }
                out.extend(words.iter().flat_map(|word| word.to_le_bytes()));
                return;
            }
        }
        // Numbers whose highest byte is the first child, lowest byte first.
        let width = if self == Self::Four { 4 } else { 8 };
        out.get_mut(start..).unwrap_or_default().chunks_mut(width).for_each(<[u8]>::reverse);
    }
}
