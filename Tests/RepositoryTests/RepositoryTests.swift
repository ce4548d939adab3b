import Testing

@Suite struct RepositoryTests {}
