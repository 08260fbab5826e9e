//! `--sign-command`: a program that signs requests, one process for each.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::cli::args::Check;
use crate::cli::fs;
use crate::cli::output::Stop;
use crate::client::Signer;

/// How long a signature may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The program that signs, where there is one. One text is split as a shell does it; several are the words.
pub(super) fn signer(args: &Check) -> Result<Option<Signer>, Stop> {
    let words = match &args.sign_command[..] {
        [] => return Ok(None),
        [line] => {
            shlex::split(line).ok_or_else(|| Stop::usage("cannot parse --sign-command; check its quotes"))?
        }
        words => words.to_vec(),
    };
    let Some((program, arguments)) = words.split_first() else {
        return Err(Stop::usage("--sign-command is empty; give a program that prints the headers to add"));
    };
    if !fs::has_program(program) {
        return Err(Stop::usage(format!(
            "--sign-command: there is no program {program:?}; give its path, or a program of a folder in PATH"
        )));
    }
    let (program, arguments) = (program.clone(), arguments.to_vec());
    Ok(Some(Signer::new(move |request| Box::pin(run(program.clone(), arguments.clone(), request)))))
}

/// Runs the program for one request.
async fn run(program: String, arguments: Vec<String>, request: String) -> Result<String, String> {
    let answer = async {
        let mut child = Command::new(&program)
            .args(&arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()?;
        let mut stdin = child.stdin.take();
        let writing = async {
            if let Some(stdin) = &mut stdin {
                // A program need not read what it does not sign.
                let _ = stdin.write_all(request.as_bytes()).await;
            }
            drop(stdin);
        };
        tokio::join!(writing, child.wait_with_output()).1
    };
    let output = tokio::time::timeout(PATIENCE, answer)
        .await
        .map_err(|_| format!("{program} printed no headers within {} seconds", PATIENCE.as_secs()))?
        .map_err(|error| format!("cannot run {program}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{program} failed: {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{program} printed something that is not UTF-8"))
}
