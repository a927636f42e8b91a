# SPDX-License-Identifier: MIT
# A history made for the purpose, for the tests that read one.

# rows SQL: what the history in ./state answers.
rows()
{
    python3 - "$1" <<'END'
import sqlite3, sys
db = sqlite3.connect('file:state/coherence.db?mode=ro', uri=True)
for row in db.execute(sys.argv[1]):
    print('|'.join('' if x is None else str(x) for x in row))
END
}

# filled: a history in ./state with five incidents, made by SQL, as if a sentinel of this host had kept them.
filled()
{
    "$COHERENCE" run --json --duration 1 --state-dir "$PWD/state" >/dev/null 2>&1
    python3 - <<'END'
import json, sqlite3
db = sqlite3.connect('state/coherence.db')
host = db.execute("select value from meta where name='label'").fetchone()[0][5:]
rows = [  # n, host, kind, severity, state, laws, start, end, risk, story
    (1, host, 'single', 'warning', 'close', 'seizure', 1767225600, 1767225659, 0.51, 'Pattern: COMPUTE SEIZURE (High Variance). Short.'),
    (2, host, 'flapping', 'warning', 'close', 'shock', 1767229200, 1767232924, 0.4, 'Pattern: SYSTEM SHOCK.'),
    (3, 'other', 'cascading', 'critical', 'close', 'seizure fever', 1767312000, 1767402061, 0.92,
     'Detected instability on other. Pattern: CASCADING FAILURE. ' + 'memory grows and grows, ' * 20),
    (4, host, 'persistent', 'critical', 'lost', 'fever', 1767398400, 1768694400, 0.7, 'Pattern: RESOURCE FEVER.\x1b[31m\x9b Evil.'),
    (5, host, 'single', 'critical', 'update', 'seizure', 1769000000, 1769000041, None, 'Pattern: COMPUTE SEIZURE (High Variance).'),
]
for n, h, kind, severity, state, laws, start, end, risk, story in rows:
    line = json.dumps({'type': 'incident', 'id': '%016x' % n, 'state': state, 'host': h}, separators=(',', ':'))
    db.execute('insert into incident(id,host,kind,severity,state,laws,narrative,start_ns,end_ns,said_ns,risk,json,size) values(?,?,?,?,?,?,?,?,?,?,?,?,?)',
               ('%016x' % n, h, kind, severity, state, laws, story, start * 10**9, end * 10**9, end * 10**9, risk, line, 300))
db.execute('update run set seen_ns=?', (1769000100 * 10**9,))
db.commit()
END
}
