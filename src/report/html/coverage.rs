//! What of each operation was never seen.

use std::fmt::Write as _;

use super::attributes::Index;
use super::tables::{begin, end};
use crate::report::escape::escaped;
use crate::run::{OperationResult, PointKind, Run, Verdict};

/// A row for each operation of which something was not seen, a column for each kind of point.
pub(super) fn write(out: &mut String, run: &Run, index: &Index<'_>) {
    let lacks = |operation: &&OperationResult| {
        operation.verdict != Verdict::Skipped
            && PointKind::ALL.iter().any(|kind| !operation.coverage.of(*kind).unseen.is_empty())
    };
    let mut operations = run.operations.iter().filter(lacks).peekable();
    if operations.peek().is_none() {
        return;
    }
    begin(out, ("coverage", "Never seen"), "unseen");
    out.push_str("<thead><tr><th scope=\"col\">operation</th>");
    for kind in PointKind::ALL {
        let _ = write!(out, "<th scope=\"col\">{}</th>", kind.words());
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for operation in operations {
        let name = operation.name();
        let _ =
            write!(out, "<tr {}><th scope=\"row\">{}</th>", index.filtered(&[&name], None), escaped(&name));
        for kind in PointKind::ALL {
            let unseen: Vec<String> =
                operation.coverage.of(kind).unseen.iter().map(|point| escaped(point)).collect();
            let _ = match unseen.as_slice() {
                [] => write!(out, "<td></td>"),
                few if few.len() <= 3 => write!(out, "<td>{}</td>", few.join("\n")),
                many => write!(
                    out,
                    "<td><details><summary>{}</summary>{}</details></td>",
                    many.len(),
                    many.join("\n")
                ),
            };
        }
        out.push_str("</tr>\n");
    }
    end(out);
}
