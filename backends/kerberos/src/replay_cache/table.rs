//! Which tokens were accepted, in a file that several processes use.

use std::cell::Cell;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::PathBuf;

use aws_lc_rs::digest::{Context, SHA256};
use aws_lc_rs::rand;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

/// How long a token is remembered, in seconds. It is good until its own time and `clockskew` are over, and its time may be
/// `clockskew` ahead: so this serves for a `clockskew` of up to seven and a half minutes.
pub(crate) const RETENTION: u64 = 15 * 60;

/// Of a token, by what nobody can change without the key.
pub(crate) type Tag = [u8; 16];

const MAGIC: &[u8; 16] = b"portcullis seen\n";
/// Behind the magic: a seed, so that nobody can choose tokens that crowd one place.
const HEADER: u64 = 32;
const RECORD: usize = size_of::<Tag>() + size_of::<u32>();
/// A place has room for so many records.
const PLACE: usize = 4;
/// Each table has twice the places of the one before it.
const FIRST_TABLE: u64 = 256;
/// Room for some 40 million tokens: more than 40,000 a second.
const TABLES: u32 = 16;

/// A file of tables in which each token has one place. It goes into the first table where its place has room. What is
/// written there stays until it is too old and another one comes, so a place that was never full ends the search.
pub(crate) struct Table {
    file: File,
    path: PathBuf,
    /// What the file begins with.
    seed: Cell<Option<[u8; 16]>>,
    /// When the file was last seen to be there, in seconds since 1970.
    there: Cell<u64>,
}

/// Whether a token had come before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Never,
    Before,
    /// Somebody has removed, replaced or emptied the file, a second ago or more.
    FileGone,
}

/// What a search ends with.
enum Found {
    Token,
    /// No token, and where there is room for it.
    Free(u64),
    /// Neither.
    Nothing,
}

impl Table {
    pub(super) fn new(file: File, path: PathBuf) -> Self {
        Self { file, path, seed: Cell::new(None), there: Cell::new(0) }
    }

    /// Remembers a token from now on, in seconds since 1970, for all processes that use the file.
    pub(crate) fn record(&self, tag: &Tag, now: impl FnOnce() -> u64) -> io::Result<Seen> {
        while let Err(error) = flock(&self.file, FlockOperation::LockExclusive) {
            if error != Errno::INTR {
                return Err(error.into());
            }
        }
        // The clock is read now: to get the lock may have taken a while.
        let recorded = self.record_locked(tag, now());
        flock(&self.file, FlockOperation::Unlock)?;
        recorded
    }

    fn record_locked(&self, tag: &Tag, now: u64) -> io::Result<Seen> {
        let seed = match self.seed.get() {
            Some(seed) if self.there.get() == now => seed,
            // Not each time: it costs some calls of the system.
            known => {
                let seed = if self.is_there()? { self.read_seed()? } else { return Ok(Seen::FileGone) };
                if known.is_some_and(|known| known != seed) {
                    return Ok(Seen::FileGone);
                }
                self.seed.set(Some(seed));
                self.there.set(now);
                seed
            }
        };
        match self.search(&seed, tag, now)? {
            Found::Token => Ok(Seen::Before),
            Found::Free(free) => {
                let mut record = [0; RECORD];
                record[..tag.len()].copy_from_slice(tag);
                // Until 2106.
                record[tag.len()..].copy_from_slice(&(now as u32).max(1).to_be_bytes());
                self.file.write_all_at(&record, free)?;
                Ok(Seen::Never)
            }
            Found::Nothing => Err(io::Error::other("there is no room in the replay cache")),
        }
    }

    /// Whether a file that is gone from its path remembers a token.
    pub(crate) fn remembers(&self, tag: &Tag) -> io::Result<bool> {
        let Some(seed) = self.seed.get() else { return Ok(false) };
        Ok(matches!(self.search(&seed, tag, 0)?, Found::Token))
    }

    fn search(&self, seed: &[u8], tag: &Tag, now: u64) -> io::Result<Found> {
        let mut free = None;
        let (mut at, mut places) = (HEADER, FIRST_TABLE);
        for table in 0..TABLES {
            let place = at + hash(seed, table, tag) % places * (PLACE * RECORD) as u64;
            let mut room = [0; PLACE * RECORD];
            self.read(&mut room, place)?;
            let mut was_full = true;
            for (index, record) in room.chunks_exact(RECORD).enumerate() {
                let (own, stamp) = record.split_at(size_of::<Tag>());
                let stamp = stamp.iter().fold(0, |stamp, byte| stamp << 8 | u64::from(*byte));
                if stamp != 0 && own == tag {
                    return Ok(Found::Token);
                }
                was_full &= stamp != 0;
                if stamp == 0 || now > stamp + RETENTION {
                    free = free.or(Some(place + (index * RECORD) as u64));
                }
            }
            if !was_full {
                break;
            }
            at += places * (PLACE * RECORD) as u64;
            places *= 2;
        }
        Ok(free.map_or(Found::Nothing, Found::Free))
    }

    /// Whether the path still leads to this file.
    fn is_there(&self) -> io::Result<bool> {
        let own = self.file.metadata()?;
        match std::fs::symlink_metadata(&self.path) {
            Ok(there) => Ok((there.dev(), there.ino()) == (own.dev(), own.ino())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn read_seed(&self) -> io::Result<[u8; 16]> {
        let mut header = [0; HEADER as usize];
        self.read(&mut header, 0)?;
        if header == [0; HEADER as usize] {
            header[..16].copy_from_slice(MAGIC);
            rand::fill(&mut header[16..]).map_err(|_| io::Error::other("there is no randomness"))?;
            self.file.write_all_at(&header, 0)?;
        }
        let (magic, seed) = header.split_at(16);
        if magic != MAGIC {
            return Err(io::Error::other("the file is no such memory"));
        }
        Ok(std::array::from_fn(|index| seed[index]))
    }

    /// What is not there yet is zero.
    fn read(&self, mut into: &mut [u8], mut at: u64) -> io::Result<()> {
        while !into.is_empty() {
            match self.file.read_at(into, at) {
                Ok(0) => return Ok(()),
                Ok(length) => (into, at) = (&mut into[length..], at + length as u64),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn hash(seed: &[u8], table: u32, tag: &Tag) -> u64 {
    let mut digest = Context::new(&SHA256);
    digest.update(seed);
    digest.update(&table.to_be_bytes());
    digest.update(tag);
    digest.finish().as_ref().iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests;
