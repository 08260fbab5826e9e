//! The whole product from outside: real servers, real sockets, the built binary.

mod architecture;
mod command;
mod core7;
mod faults;
mod live;
mod mock_command;
mod report;
mod review;
mod state;
mod support;
mod tiny;
