"""What a benchmark has measured, as a table and as JSON."""

import json


class Results:
    """Rows of the table: what was measured, and the most or least allowed."""

    def __init__(self):
        self.rows = []
        self.skipped = []
        self.samples = {}

    def add(self, name, value, unit='', most=None, least=None, null=None):
        ok = (most is None or value <= most) and \
            (least is None or value >= least)
        self.rows.append({'name': name, 'value': round(value, 4), 'unit': unit,
                          'most': most, 'least': least, 'null': null, 'ok': ok})

    def skip(self, name, reason):
        self.skipped.append({'name': name, 'reason': reason})

    def print(self, out):
        for row in self.rows:
            limit, state = '', ''
            if row['most'] is not None:
                limit = '<= %g' % row['most']
            elif row['least'] is not None:
                limit = '>= %g' % row['least']
            if limit:
                state = 'ok' if row['ok'] else 'OVER'
            value = '%.3g' % row['value'] if abs(row['value']) < 1000 else \
                '%.0f' % row['value']
            out.write('%-52s %9s %-5s %9s  %-4s %s\n' % (
                row['name'], value, row['unit'], limit, state,
                'null: %.4g' % row['null'] if row['null'] is not None else ''))
        for row in self.skipped:
            out.write('%-52s skipped: %s\n' % (row['name'], row['reason']))

    def write(self, path):
        with open(path, 'w') as out:
            json.dump({'format': 1, 'results': self.rows,
                       'skipped': self.skipped, 'samples': self.samples},
                      out, indent=1)
            out.write('\n')
