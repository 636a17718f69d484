// Conformance of connectors and stores, and faults.

// The simulation.
export {};
