//! `counterpart import`: makes fixtures of a file with exchanges.

use super::proxy::recorded;
use crate::cli::args::{Common, Import, ImportForm};
use crate::cli::documents;
use crate::cli::output::{FINDINGS, OK, Stop, tell};
use crate::cli::{disk, fs};
use crate::project::Config;
use crate::recording::import::{Form, import};

/// Exchanges that are named when they are passed over; further ones are counted.
const MAX_NAMED: usize = 10;

pub(super) fn run(common: &Common, args: &Import, config: Config) -> Result<u8, Stop> {
    let mut asked = vec![documents::one(args.doc.as_deref(), &config)?];
    documents::give_overlays(&common.overlay, &mut asked)?;
    let Some(asked) = asked.pop() else { return Err(Stop::usage("there is no document")) };
    let folder = common.fixtures.clone().unwrap_or_else(|| "fixtures".to_owned());
    fs::try_folder(folder.as_ref())?;
    let octets = fs::read(&args.file)?;
    let project = disk::load(common, asked, config)?;
    let form = match args.form {
        ImportForm::Har => Form::Har,
        ImportForm::Postman => Form::Postman,
    };
    let imported = import(form, &octets, &project.contract)
        .map_err(|why| Stop::usage(format!("cannot read {}: {why}", args.file)))?;
    recorded::write(&folder, &project, &imported.recording.files(&project.contract), common.quiet)?;
    let passed_over = &imported.passed_over;
    for why in passed_over.iter().take(MAX_NAMED) {
        tell("warning", &format!("passed over {why}"));
    }
    if passed_over.len() > MAX_NAMED {
        tell("warning", &format!("passed over {} more", passed_over.len() - MAX_NAMED));
    }
    if imported.taken == 0 {
        tell("error", "none of it is for an operation of the document");
        return Ok(FINDINGS);
    }
    Ok(OK)
}
