import Testing

@Suite struct SymptomsTests {}
