//! Finding the authentication of a request, in its header or in its query.

use http::header::AUTHORIZATION;
use http::request::Parts;

use crate::claim::Claim;
use crate::fault::Fault;
use crate::{header, presigned};

/// Finds what a request claims about its signer; `None` is an anonymous request.
///
/// A service that accepts Basic or Bearer authorization must look for that first: here it is [`Fault::OtherScheme`].
pub fn parse(parts: &Parts) -> Result<Option<Claim<'_>>, Fault> {
    let authorization = parts.headers.get(AUTHORIZATION);
    let params = presigned::Params::find(parts.uri.query().unwrap_or_default())?;
    match (authorization, params) {
        (None, None) => Ok(None),
        (Some(value), None) => header::read(value, &parts.headers).map(Some),
        (None, Some(params)) => params.claim(&parts.headers).map(Some),
        (Some(_), Some(_)) => Err(Fault::TwoPlaces),
    }
}
