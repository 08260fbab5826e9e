//! The whole product from outside: real servers, real sockets, the built binary.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "tests read files, the environment and the clock"
)]

mod again;
mod agreed;
mod answers;
mod architecture;
mod bounds;
mod callbacks;
mod causes;
mod chaos;
mod clients;
mod command;
mod core7;
mod dependencies;
mod documents;
mod faults;
mod foreign;
mod fuzz;
mod golden;
mod habits;
mod harbour;
mod harm;
mod health;
mod help;
mod hostile;
mod issuer;
mod keys;
mod library;
mod lies;
mod links;
#[cfg(all(unix, feature = "heavy"))]
mod live;
mod login;
mod mistakes;
mod mock_command;
mod naming;
mod overlay;
mod pace;
mod packaging;
mod page;
mod program;
mod promises;
mod proxy;
#[cfg(feature = "heavy")]
mod readers;
mod readme;
mod reference;
mod report;
mod requests;
mod review;
mod right_answer;
#[cfg(feature = "heavy")]
mod schema_suite;
mod schemas;
mod secrets;
mod shards;
#[cfg(unix)]
mod start;
mod state;
#[cfg(unix)]
mod stop;
#[cfg(all(unix, feature = "heavy"))]
mod store;
mod styles;
mod support;
mod tiny;
mod webhooks;
mod wfc;
