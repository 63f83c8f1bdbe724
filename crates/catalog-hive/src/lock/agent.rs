//! Who a lock is of: `rimon/<boot>-<namespace>-<process>-<start>/<uuid>`, so that a lock can be told from that of a
//! process that has ended.

use std::fs;
use uuid::Uuid;

const PREFIX: &str = "rimon/";

/// The name of a new lock's agent.
pub(super) fn name() -> String {
    let process = place().zip(this_process()).map(|(place, process)| format!("{place}-{process}"));
    format!("{PREFIX}{}/{}", process.unwrap_or_default(), Uuid::new_v4())
}

/// Whether the agent is a process of this machine that has ended. Anything that is not known for certain is no.
pub(super) fn has_ended(agent: &str) -> bool {
    let Some((process, _)) = agent.strip_prefix(PREFIX).and_then(|rest| rest.split_once('/'))
    else {
        return false;
    };
    let Some(process) = place().and_then(|p| process.strip_prefix(&p)?.strip_prefix('-')) else {
        return false;
    };
    let Some((id, start)) = process.split_once('-') else { return false };
    let (Ok(id), Ok(_)) = (id.parse::<u32>(), start.parse::<u64>()) else { return false };
    match started(&id.to_string()) {
        Some(now) => now != start,
        // Only a look at a process list that works says that a process is not in it.
        None => started("self").is_some(),
    }
}

/// For tests: as [`name`] of this process, had it been started earlier.
pub(super) fn of_the_dead() -> String {
    let place = place().unwrap_or_default();
    format!("{PREFIX}{place}-{}-1/{}", std::process::id(), Uuid::new_v4())
}

/// This start of this machine, and the namespace of its process ids.
fn place() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let boot: String = boot.chars().filter(char::is_ascii_hexdigit).take(12).collect();
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    let namespace: String =
        namespace.to_string_lossy().chars().filter(char::is_ascii_digit).collect();
    Some(format!("{boot}-{namespace}"))
}

fn this_process() -> Option<String> {
    Some(format!("{}-{}", std::process::id(), started("self")?))
}

/// When a process started, in ticks since the machine did (field 22 of `stat`).
fn started(process: &str) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The second field is the command in parentheses, which may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_another_start_of_it_does_not() {
        let ours = name();
        assert!(!has_ended(&ours), "{ours}");
        let (process, uuid) = ours.strip_prefix(PREFIX).unwrap().split_once('/').unwrap();
        let (head, start) = process.rsplit_once('-').unwrap();
        let older = start.parse::<u64>().unwrap() - 1;
        assert!(has_ended(&format!("{PREFIX}{head}-{older}/{uuid}")));
        let (machine, _) = head.rsplit_once('-').unwrap();
        assert!(has_ended(&format!("{PREFIX}{machine}-4194304-1/{uuid}")));
    }

    #[test]
    fn strangers_are_left_alone() {
        for agent in ["Unknown", "rimon/", "rimon//x", "rimon/0000-1-4194304-1/x", "rimon/x-y-z/"] {
            assert!(!has_ended(agent), "{agent}");
        }
    }
}
