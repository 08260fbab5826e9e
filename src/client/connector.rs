//! Builds the HTTP client.

use std::time::Duration;

use super::trust::of_client;
use super::{Error, Options, failure};

/// What talks to the target, with or without keeping connections open.
///
/// # Errors
/// A certificate or the proxy cannot be used.
pub(super) fn connector(options: &Options, keeps_open: bool) -> Result<reqwest::Client, Error> {
    let setup = |what: &'static str| move |error: reqwest::Error| Error::Setup(what, failure::reason(&error));
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(options.timeout)
        .connect_timeout(options.timeout.min(Duration::from_secs(10)))
        .tls_backend_preconfigured(of_client(options)?);
    if !keeps_open {
        builder = builder.pool_max_idle_per_host(0);
    }
    builder = match &options.proxy {
        Some(proxy) => builder.proxy(reqwest::Proxy::all(proxy).map_err(setup("cannot use the proxy"))?),
        None => builder.no_proxy(),
    };
    builder.build().map_err(setup("cannot set up connections"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::nothing_special(|_: &mut Options| (), None)]
    #[case::proxy(|options: &mut Options| options.proxy = Some("http://[".to_owned()), Some("cannot use the proxy"))]
    #[case::authority(|options: &mut Options| options.ca = Some(b"-----BEGIN CERTIFICATE-----\n!\n".to_vec()), Some("cannot use the certificate authority"))]
    #[case::identity(|options: &mut Options| options.identity = Some(b"x".to_vec()), Some("cannot use the client certificate"))]
    fn what_cannot_be_used_is_named(#[case] change: fn(&mut Options), #[case] what: Option<&str>) {
        // An already installed provider is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut options = Options::new("http://localhost");
        change(&mut options);
        let error = connector(&options, true).err().map(|error| error.to_string());
        assert_eq!(
            error.as_ref().map(|error| error.starts_with(what.unwrap_or("\0"))),
            what.map(|_| true),
            "{error:?}"
        );
    }
}
