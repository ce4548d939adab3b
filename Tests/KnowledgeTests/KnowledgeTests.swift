import Testing

@Suite struct KnowledgeTests {}
