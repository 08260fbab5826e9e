//! `--record DIR`: writes what was recorded beside what is there already.

use std::path::Path;

use crate::cli::output::{Stop, say, tell};
use crate::cli::{diagnostics, fs};
use crate::project::Project;
use crate::recording::Recorded;

/// Writes fixtures into the folder of a document below a folder of fixtures. A file that is there stays as it is:
/// somebody may have accepted it.
pub(in crate::cli::commands) fn write(
    folder: &str,
    project: &Project,
    recorded: &Recorded,
    is_quiet: bool,
) -> Result<(), Stop> {
    let folder = Path::new(folder).join(&project.name);
    let (mut written, mut same, mut kept) = (0, 0, Vec::new());
    for file in &recorded.files {
        let place = folder.join(&file.path);
        match fs::octets(&place)? {
            Some(known) if known == file.octets => same += 1,
            Some(_) => kept.push(file.path.clone()),
            None => {
                fs::write_in(&folder, &place, &file.octets)?;
                written += 1;
            }
        }
    }
    if !is_quiet {
        let files = if written == 1 { "1 file".to_owned() } else { format!("{written} files") };
        let same = if same > 0 { format!("; {same} were there already") } else { String::new() };
        say(&format!("recorded {files} in {}{same}", folder.display()));
    }
    for path in kept {
        tell(
            "warning",
            &format!("{path} differs from what was recorded, and is kept; remove it to record it anew"),
        );
    }
    if !recorded.problems.is_empty() && !is_quiet {
        say("recorded as it came, though the document says otherwise:");
        diagnostics::tell(&recorded.problems, &project.texts);
    }
    if recorded.left_out > 0 {
        tell("warning", &format!("{} exchanges were too many to be recorded", recorded.left_out));
    }
    Ok(())
}
