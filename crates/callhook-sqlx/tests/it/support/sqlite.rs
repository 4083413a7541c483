//! A database file of one test.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{env, fs, process};

use callhook_sqlx::sqlx::SqlitePool;
use callhook_sqlx::sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

/// Deleted with what is beside it when this is dropped.
#[derive(Debug)]
pub(crate) struct File(PathBuf);

impl File {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("callhook-sqlite-{}-{next}", process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a directory for the file");
        Self(path)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.join("calls.db")
    }

    pub(crate) fn options(&self) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(self.path())
            .create_if_missing(true)
    }

    /// For many writers.
    pub(crate) fn patient_pool(&self) -> SqlitePool {
        SqlitePoolOptions::new()
            .max_connections(8)
            .connect_lazy_with(self.options().busy_timeout(Duration::from_secs(60)))
    }

    pub(crate) fn pool(&self) -> SqlitePool {
        SqlitePoolOptions::new()
            .max_connections(8)
            .connect_lazy_with(self.options())
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
