//! The fixtures of a project, and what is wrong with them, by the files that they are in.

use std::collections::HashMap;
use std::path::PathBuf;

use bytes::Bytes;

use super::{ReadError, Reader, SourceTexts};
use crate::config::Places;
use crate::contract::Contract;
use crate::document::Problem;
use crate::fixtures::Fixtures;

/// Lines of larger fixtures are not shown, in octets.
const MAX_SHOWN: usize = 1 << 20;

/// Loads the fixtures of some folders over others; the later ones replace what has the same name.
pub(super) fn load(
    contract: &Contract,
    bundled: Vec<(String, Bytes)>,
    folders: &[PathBuf],
    (reader, texts): (&dyn Reader, &mut SourceTexts),
) -> Result<(Fixtures, Vec<Problem>), ReadError> {
    let mut files = bundled;
    let mut places: HashMap<String, (String, Bytes)> = HashMap::new();
    for folder in folders {
        for (path, octets) in reader.fixtures(folder)? {
            let whole = folder.join(&path).display().to_string().replace('\\', "/");
            places.insert(path.clone(), (whole, octets.clone()));
            files.push((path, octets));
        }
    }
    let (fixtures, mut problems) = Fixtures::load(contract, files);
    for problem in &mut problems {
        let Some((whole, octets)) = places.get(&*problem.place.file) else { continue };
        let extension = whole.rsplit('.').next().unwrap_or_default();
        let is_toml = extension == "toml";
        problem.place.file = whole.as_str().into();
        if octets.len() > MAX_SHOWN || !(is_toml || extension == "json") {
            continue;
        }
        if is_toml && problem.place.position.is_none() {
            let places = Places::read(&String::from_utf8_lossy(octets));
            problem.place.position = places.find(&problem.place.pointer).or(Some((1, 1)));
        }
        if !texts.has(whole) {
            texts.add(whole, octets);
        }
    }
    Ok((fixtures, problems))
}
