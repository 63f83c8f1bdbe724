//! Where the shell keeps what was typed.

use std::env;
use std::fs;
use std::path::PathBuf;

/// The history file in the user's data directory, whose folder is made when missing. None when
/// there is no such place; the shell then forgets.
pub(super) fn file() -> Option<PathBuf> {
    let folder = data_directory()?.join("rimon");
    fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}

fn data_directory() -> Option<PathBuf> {
    let variable = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(windows) {
        return variable("APPDATA");
    }
    if let Some(folder) = variable("XDG_DATA_HOME") {
        return Some(folder);
    }
    let home = variable("HOME")?;
    let below =
        if cfg!(target_os = "macos") { "Library/Application Support" } else { ".local/share" };
    Some(home.join(below))
}
