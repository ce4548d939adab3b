extension HTMLReport {
  /// The page's style: readable with and without colour, light and dark.
  static let style = """
    :root { color-scheme: light dark; --ink: #1c2330; --paper: #fff; --soft: #f2f4f8; --line: #d5dbe5; --bar: #2f6fb2;
      --error: #b3261e; --warning: #a15c00; --note: #2f6fb2; }
    @media (prefers-color-scheme: dark) { :root { --ink: #e4e8ef; --paper: #14181f; --soft: #1d232d; --line: #343c4a;
      --bar: #6ea8e6; --error: #ff8a80; --warning: #ffb95c; --note: #8ab8ee; } }
    body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
    header, main, footer { max-width: 72rem; margin: 0 auto; padding: 0 1.2rem; }
    header { padding-top: 1.6rem; } h1 { margin: 0; font-size: 1.7rem; } h2 { margin: 2rem 0 .6rem; font-size: 1.25rem; }
    h3 { margin: 0 0 .3rem; font-size: 1.02rem; } footer { padding: 2rem 1.2rem; opacity: .7; }
    .numbers { display: flex; flex-wrap: wrap; gap: .8rem; margin-top: 1.2rem; }
    .number { background: var(--soft); border-radius: .5rem; padding: .6rem 1rem; min-width: 8rem; }
    .number b { display: block; font-size: 1.5rem; } .number span { font-size: .85rem; opacity: .8; }
    article { border-left: .3rem solid var(--note); background: var(--soft); padding: .7rem 1rem; margin: .7rem 0;
      border-radius: 0 .4rem .4rem 0; }
    article.error { border-color: var(--error); } article.warning { border-color: var(--warning); }
    article ul { margin: .2rem 0 .4rem; padding-left: 1.2rem; } .fix { margin: .3rem 0; font-weight: 600; }
    pre { overflow-x: auto; background: var(--paper); border: 1px solid var(--line); border-radius: .3rem; padding: .5rem;
      font-size: .85rem; margin: .3rem 0; } code { overflow-wrap: anywhere; }
    .timeline { width: 100%; height: 8rem; background: var(--soft); border-radius: .3rem; } .timeline rect { fill: var(--bar); }
    .axis { display: flex; justify-content: space-between; font-size: .85rem; margin: .2rem 0; gap: 1rem; }
    .scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .9rem; }
    th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
    tr.error th[scope=row] { color: var(--error); } tr.warning th[scope=row] { color: var(--warning); }
    table.heat { width: auto; } .heat th[scope=col] { font-weight: 500; white-space: nowrap; }
    .heat th[scope=row] { font-weight: 500; font-family: ui-monospace, monospace; white-space: nowrap; }
    .heat td { min-width: 2.6rem; text-align: right; }
    .h1 { background: #2f6fb218; } .h2 { background: #2f6fb230; } .h3 { background: #2f6fb24a; } .h4 { background: #2f6fb264; }
    .h5 { background: #2f6fb27e; } .h6 { background: #2f6fb298; } .h7 { background: #2f6fb2b4; }
    .h8 { background: #2f6fb2d6; color: #fff; }

    """
}
