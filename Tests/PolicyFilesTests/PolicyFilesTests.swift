import Testing

@Suite struct PolicyFilesTests {}
