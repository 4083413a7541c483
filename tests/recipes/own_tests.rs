//! Tests as the README has users write them.

mod axum {
    include!("snippets/tests_axum.rs");
}

mod actix {
    include!("snippets/tests_actix.rs");
}
