//! Scenarios: the simulator, the services, one database.

mod capture;
