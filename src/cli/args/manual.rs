//! Manual pages, made from the same command line as the help.

use std::io;

use clap::Command;
use clap_mangen::Man;

use super::notes;

/// The manual page of a command, or of the program; `None` where there is no such command.
pub(in crate::cli) fn page(program: Command, name: Option<&str>) -> Option<io::Result<Vec<u8>>> {
    let mut program = program.disable_help_subcommand(true);
    program.build();
    let command = match name {
        Some(name) => program.find_subcommand(name)?.clone(),
        None => program,
    };
    Some(render(command))
}

/// The commands that have a page.
pub(in crate::cli) fn names(program: &Command) -> Vec<&str> {
    program.get_subcommands().map(Command::get_name).collect()
}

fn render(command: Command) -> io::Result<Vec<u8>> {
    let has_subcommands = command.has_subcommands();
    let notes = notes::of(command.get_name());
    let version = command.get_version().unwrap_or_default();
    let source = format!("counterpart {version}");
    let man = Man::new(command).source(source).manual("Counterpart Manual");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if has_subcommands {
        man.render_subcommands_section(&mut page)?;
    }
    if let Some(notes) = notes {
        page.extend(notes.roff().into_bytes());
    }
    man.render_version_section(&mut page)?;
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: Option<&str>) -> String {
        String::from_utf8(page(super::super::command(), name).unwrap().unwrap()).unwrap()
    }

    #[test]
    fn every_command_has_a_page() {
        let program = super::super::command();
        for name in names(&program) {
            let page = shown(Some(name));
            for part in [".TH", "counterpart\\-", ".SH NAME", ".SH SYNOPSIS", ".SH EXAMPLES", "EXIT STATUS"] {
                assert!(page.contains(part), "{part} is missing in the page of {name}:\n{page}");
            }
        }
        assert!(page(program, Some("chek")).is_none());
    }
}
