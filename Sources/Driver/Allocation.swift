#if canImport(Glibc)
  import CMalloc
#endif

/// How the C library gets memory from the system.
enum Allocation {
  /// One arena that grows by megabytes. By default each thread has its own, which grows page by page: on a large rule
  /// set that costs a tenth of the time and of the memory.
  static func prefersFewSteps() {
    #if canImport(Glibc)
      _ = mallopt(M_ARENA_MAX, 1)
      _ = mallopt(M_TOP_PAD, 4 << 20)
    #endif
  }
}
