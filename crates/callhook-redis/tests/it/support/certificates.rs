//! Certificates of a test's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::server::Directory;

/// A certificate authority, which nobody knows.
#[derive(Debug)]
pub(crate) struct Authority(Directory);

/// A certificate and its key, as files in PEM. They are there as long as their authority.
#[derive(Debug)]
pub(crate) struct Certificate {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self::named("an-authority-of-a-test")
    }

    pub(crate) fn named(name: &str) -> Self {
        let authority = Self(Directory::new());
        authority.openssl(&[
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2",
            &format!("-subj /CN={name} -keyout ca.key -out ca.pem"),
        ]);
        authority
    }

    /// Signs a certificate for a name, such as `IP:127.0.0.1` or `DNS:localhost`.
    pub(crate) fn sign(&self, file: &str, name: &str) -> Certificate {
        let names = format!("subjectAltName={name}\n");
        fs::write(self.path("names"), names).expect("a file");
        self.openssl(&[
            "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes",
            &format!("-subj /CN=a-test -keyout {file}.key -out {file}.csr"),
        ]);
        self.openssl(&[
            "x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names",
            &format!("-in {file}.csr -out {file}.pem"),
        ]);
        Certificate {
            certificate: self.path(&format!("{file}.pem")),
            key: self.path(&format!("{file}.key")),
        }
    }

    /// Its own certificate.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.path("ca.pem")
    }

    pub(crate) fn pem(&self) -> Vec<u8> {
        fs::read(self.certificate()).expect("a certificate")
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn openssl(&self, arguments: &[&str]) {
        let directory: &Path = self.0.path();
        let done = Command::new("openssl")
            .args(arguments.iter().flat_map(|words| words.split(' ')))
            .current_dir(directory)
            .output()
            .expect("these tests need openssl");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{arguments:?}: {said}");
    }
}
