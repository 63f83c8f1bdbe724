//! Type strings and their JSON form.
