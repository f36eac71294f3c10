#!/usr/bin/python3
"""Make configurations of many kinds, each in a folder, for oracle.py and dump.c to read.

    generate.py FOLDER

A case is a folder with the words of a command line in `args`, the name of a service in `service`
(persister or api), and perhaps variables in `env` and a home directory `home`. The names are
FAMILY-NUMBER. The same program makes the same cases: what is random has a seed.
"""
import itertools
import os
import random
import sys

HEAD = '[influxdb]\nip_address = 192.0.2.1\n'

# What may stand behind `key = `; traps of ini files, of quotes and of dollar signs.
TEXTS = [
    'plain', '"quoted"', "'quoted'", '"half', 'half"', '"mixed\'', '""quoted twice""', '"', "'", '""',
    'a # b', 'a#b;c', '# b', '; b', '"a # b"', 'a = b', 'a: b', '= b', ': b', 'a, b', '[a]', '%(user)s', '100%', '%%',
    '\\', 'a\\', '\\n', 'a\\tb', '  spaces  ', '" spaces "', '\ttab\t', 'ünï', '\u00a0nbsp\u00a0', '\u3000wide\u3000',
    'a\u0085b', 'a\u2028b', 'a\x0bb', 'a\x0cb', 'a\x1cb', 'a\x1bb', 'a\x7fb', '\u200bzero', '日本', '😀', '',
    'None', 'null', '~', 'x' * 1100, 'a b', '<SERVICE DEFAULT>', '!a', '@a', '&a', '*a', '|a', '{a}', '`a`',
]
DOLLARS = [
    '$', '$$', '$$$', '$$$$', 'a$', '$ a', '$1', '$1a', '$-', '$.', '$(user)', '$[user]', '${', '${}', '${ user}',
    '${user }', '${user', '$user}', '\\$user', '\\\\$user', '$$user', '$$$user', '\\$$user', '${user}', '$user', '$userx',
    '$user.x', '$user,x', '$user-x', '${user}x', 'x$user', '$user$user', '$USER', '${User}', '$_x', '$é', '$usér',
    '${user:-x}', '$port', '$ssl', '$db_per_tenant', '$default_retention_hours', '$database_name', '$ip_address',
    '$influxdb', '$influxdb.user', '${influxdb.user}', '$influxdb.port', '${influxdb.ssl}', '${influxdb.nothing}',
    '${InfluxDB.user}', '${influxdb.user.x}', '${influxdb..user}', '${.user}', '${influxdb.}', '$DEFAULT.debug',
    '${DEFAULT.debug}', '$debug', '$log_dir', '$log_file', '$log_config_append', '$nothing', '${nothing}',
    '${nothing.user}', '${cassandra.user}', '$kafka.consumer_id', '${cassandra.port}', '${cassandra.keyspace}',
    '${kafka.num_processors}', '${kafka.buffer_size}', '${kafka_metrics.topic}', '${kafka_metrics.batch_size}',
    '${kafka_metrics.zookeeper_path}', '${repositories.ignore_parse_point_error}', '${elasticsearch.index_name}',
    '${elasticsearch.max_retries}', '${elasticsearch.sniffer_timeout}', '${zookeeper.uri}', '$topic',
    '$use_syslog', '$log_date_format', '$logfile', '$logdir', '${influxdb.batch_size}', '$config_file',
    '${other.user}', '$other.user', '${kafka_metrics.nothing}', '${other.nothing}', '$cassandra', '${cassandra.user}${cassandra.user}',
]
BOOLS = ['true', 'True', 'TRUE', 'yes', 'on', '1', 'false', 'No', 'OFF', '0', 't', 'y', 'enabled', '2', '01', '', '"true"',
         ' true ', '" true "', 'true # comment', 'true;', 'tru\u00e9', '\u0130', '$db_per_tenant', '$debug', '$user', 'none']
INTS = ['1', '0', '-1', '+1', '007', '1_000', '1__0', '_1', '1_', '0x10', '1e3', '1.0', '1,000', '', '"5"', '" 5 "', "'5'",
        '5 # c', '5;', 'five', '65535', '65536', '-0', '- 1', '9223372036854775807', '9223372036854775808',
        '-9223372036854775809', '2562047', '2562048', '\u0661', '\u00a05\u00a0', '\u22121', '$port', '$user', '5\n  ',
        '\n  5', '5\n  5', 'None', '$default_retention_hours', '$batch_size', '\uff15']
HOSTS = ['localhost', 'influx', 'influx.example.org', 'influx.example.org.', 'INFLUX', 'in_flux', '-influx', 'influx-', '127.0.0.1',
         '127.1', '127.0.0.256', '1.2.3', '0127.0.0.1', '::1', '[::1]', 'fe80::1%eth0', '::ffff:1.2.3.4', '1:2:3', ':::', 'a..b', '.a',
         'x' * 63, 'x' * 64, '.'.join(['x' * 60] * 5), 'http://influx', 'influx:8086', 'influx/', 'in flux', '"influx"', '', '12345',
         'a.123', '123.a', 'é', 'xn--e1a', '*', 'a,b', '$user', '192.0.2.1\n  x', 'user@influx', '0', '%', 'a%b', 'influx\u00a0']
INDENTS = [' ', '\t', '    ', '\x0c', '\x0b', '\u00a0', '\u3000', '\r', '\x1c']
ENDS = {'lf': '\n', 'crlf': '\r\n', 'cr': '\r', 'nel': '\u0085', 'ls': '\u2028', 'vt': '\x0b', 'ff': '\x0c', 'lfcr': '\n\r'}
# Pieces of whole files, in influxdb unless they say otherwise.
PIECES = [
    'user = a', 'user: b', 'user=c', 'user  =  d', ' user = e', '\tuser = f', 'USER = g', 'user', 'user =', '= h', ': h', '[influxdb]',
    '[INFLUXDB]', '[InfluxDB]', '[influxdb ]', '[ influxdb]', '[influxdb', 'influxdb]', '[]', '[DEFAULT]', '[default]', '[other]',
    '[cassandra]', '[kafka]', '# comment', '; comment', ' # indented comment', '\t; indented', '', '   ', '  more', '\tmore', '!comment',
    '//comment', '"user" = i', 'user = "j', '  k"', 'port = 1', 'port = 2', 'port: 3', 'ssl = on', 'ssl: off', 'password = a#b',
    'password = $user', 'password = ${influxdb.user}', 'password = $$x', "password = 'p'", 'user = ${port}', 'port = $default_retention_hours',
    'default_retention_hours = 5', 'batch_size = 7', 'database_name = mon', 'database_name = $user', 'debug = true', 'log_dir = /var/log',
    'log_file = x.log', 'logfile = old.log', 'logdir = /old', 'topic = t', 'batch-size = 8', 'user = a = b', 'user = a : b',
    'user : a = b', 'user = # c', 'user = ; c', 'x' * 300 + ' = y', '[[influxdb]]', '[influxdb]]', '[influxdb] # c', '[influxdb];c]',
]


class Cases:
    def __init__(self, folder):
        self.folder = folder
        self.counts = {}

    def add(self, family, files, args=None, env=None, service='persister', dirs=()):
        """files: name to text or bytes. Without args, each is a --config-file."""
        number = self.counts[family] = self.counts.get(family, 0) + 1
        case = os.path.join(self.folder, '%s-%03d' % (family, number))
        os.mkdir(case)
        for name in dirs:
            os.makedirs(os.path.join(case, name))
        for name, text in files.items():
            path = os.path.join(case, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'wb') as f:
                f.write(text if isinstance(text, bytes) else text.encode())
        if args is None:
            args = [word for name in files for word in ('--config-file', name)]
        for name, lines in (('args', args), ('service', [service]),
                            ('env', ['%s=%s' % item for item in (env or {}).items()])):
            with open(os.path.join(case, name), 'w') as f:
                f.writelines(line + '\n' for line in lines)

    def text(self, family, text, **more):
        self.add(family, {'a.conf': text}, **more)


def values(cases):
    for key in ('password', 'database_name'):
        for text in TEXTS:
            cases.text('text', HEAD + '%s = %s\nuser = u\n' % (key, text))
    for text in TEXTS[:40]:
        cases.text('colon', HEAD + 'user:%s\n' % text)
    for key in ('password', 'database_name'):
        for text in DOLLARS:
            cases.text('dollar', HEAD + 'user = u\n%s = %s\n' % (key, text))
    for text in DOLLARS:
        cases.text('dollar-default', '[DEFAULT]\nlog_file = %s\n' % text + HEAD + 'user = u\n')
        cases.text('dollar-set', HEAD + 'user = %s\n[cassandra]\nuser = c\nport = 1\n[DEFAULT]\nuser = d\ndebug = on\n'
                   '[other]\nuser = o\n[kafka_metrics]\ntopic = t\nnothing = n\n[kafka]\nconsumer_id = k\n' % text)
    for key in ('ssl', 'db_per_tenant'):
        for text in BOOLS:
            cases.text('bool', HEAD + '%s = %s\n' % (key, text))
    for text in BOOLS:
        cases.text('bool-default', '[DEFAULT]\ndebug = %s\n' % text + HEAD)
    for key in ('port', 'default_retention_hours', 'batch_size'):
        for text in INTS:
            cases.text('int', HEAD + '%s = %s\n' % (key, text))
            cases.text('int-put-in', HEAD + '%s = %s\npassword = <$%s>\n' % (key, text, key))
    for text in HOSTS:
        cases.text('host', '[influxdb]\nip_address = %s\nuser = u\n' % text)


def lines(cases):
    body = ['[influxdb]', 'ip_address = h', '# c', 'user = a', '  b', '', 'password = c']
    for name, end in ENDS.items():
        for mark in ('', '\ufeff'):
            for last in ('', end):
                cases.text('ends-' + name, mark + end.join(body) + last)
    for first, second in itertools.permutations(('\n', '\r\n', '\r'), 2):
        cases.text('ends-mixed', first.join(body[:4]) + second + second.join(body[4:]))
    for encoding in ('utf-16', 'utf-16-le', 'utf-32', 'latin-1', 'utf-7', 'utf-8-sig'):
        cases.text('encoding', (HEAD + 'user = ä\n').encode(encoding))
    for raw in (b'\xff', b'\xc3', b'\xc0\xaf', b'\xed\xa0\x80', b'\xf5\x80\x80\x80', b'\xf4\x8f\xbf\xbf', b'\xef\xbf\xbe', b'\0'):
        for place in (b'user = %s\n', b'# %s\n', b'[%s]\n', b'%s = x\n'):
            cases.text('bytes', HEAD.encode() + place % raw)
    for indent in INDENTS:
        for text in ('user = a\n%sb\npassword = c\n', 'user =\n%sb\n', 'user = "a\n%sb"\n', 'user = a\n\n%sb\n', 'user = a\n# c\n%sb\n',
                     'user = a\n%s# c\n', 'user = a\n%s\n', 'user = a\n%s[DEFAULT]\n', 'user = a\n%sport = 1\n', '[DEFAULT]\n%sdebug = on\n',
                     '%suser = a\n', 'user = $port\n%s$port\n', 'password = x\n%sa\n%sb\nuser = y\n'):
            cases.text('indent', HEAD + text.replace('%s', indent))


def repeats(cases):
    sections = ['influxdb', 'INFLUXDB', 'InfluxDB', 'DEFAULT', 'default', 'cassandra', 'influxdb ', ' influxdb', 'influxdb2', 'ınfluxdb',
                'ſection', 'influxdb.x', 'kafka']
    for one, two in itertools.permutations(sections, 2):
        cases.text('sections', '[%s]\nuser = one\nport = 1\npassword = a$user\n[%s]\nuser = two\nport = 2\n' % (one, two))
    for one, two in itertools.product(('1', '', 'x', '"2"'), repeat=2):
        cases.text('twice', HEAD + 'port = %s\nuser = %s\nport = %s\nuser = %s\n' % (one, one, two, two))
        cases.add('twice-files', {'a.conf': HEAD + 'port = %s\nuser = %s\n' % (one, one),
                                  'b.conf': '[InfluxDB]\nport = %s\nuser = %s\n' % (two, two)})
    for others in itertools.permutations(('[cassandra]\nuser = c\nport = 9\n', '[DEFAULT]\nuser = d\nport = 8\nssl = on\n', HEAD, HEAD + 'port = 7\n',
                                          '[kafka_metrics]\nbatch_size = 3\nuser = k\n'), 3):
        cases.text('groups', ''.join(others) + 'password = $port-$user\n')
    names = ['log_file', 'logfile', 'log-file', 'log_dir', 'logdir', 'log_config_append', 'log-config', 'log_config', 'log-config-append']
    for one, two in itertools.permutations(names, 2):
        cases.text('old-names', '[DEFAULT]\n%s = one\n%s = two\n' % (one, two) + HEAD)
    for one, two in itertools.product(names, names):
        cases.add('old-names-files', {'a.conf': '[DEFAULT]\n%s = one\n' % one + HEAD, 'b.conf': '[default]\n[DEFAULT]\n%s = two\n' % two})
    for name in names:
        for text in ('$%s', '${%s}'):
            cases.text('old-names-put-in', '[DEFAULT]\n%s = set\n' % name + HEAD + 'user = %s\n' % (text % name))
        cases.text('old-names-env', '[DEFAULT]\n%s = file\n' % name + HEAD, env={'OS_DEFAULT__' + name.upper(): 'env'})


def environment(cases):
    keys = ['user', 'port', 'ssl', 'password', 'ip_address', 'default_retention_hours']
    texts = ['env', '1', '', ' 1 ', '"1"', 'true', 'on', '$port', '${user}', '$$x', '$nothing', 'a#b', '192.0.2.2', '-1', '[x]', 'a\tb']
    for key in keys:
        for text in texts:
            cases.text('env', HEAD + 'user = file\npassword = <$%s>\n' % key, env={'OS_INFLUXDB__' + key.upper(): text})
    for name in ('os_influxdb__user', 'OS_INFLUXDB_USER', 'OS_influxdb__user', 'OS_INFLUXDB__user', 'OS_USER', 'OS_DEFAULT__USER', 'OS___USER',
                 'INFLUXDB_USER', 'OS_CASSANDRA__USER'):
        cases.text('env-names', HEAD + 'password = $user ${cassandra.user}\n', env={name: 'env'})
    for name, text in itertools.product(('OS_DEFAULT__DEBUG', 'OS_DEFAULT__LOG_FILE', 'OS_DEFAULT__LOG_DIR'), ('true', 'x', '', '$debug', '$log_dir')):
        cases.text('env-default', '[DEFAULT]\nlog_dir = /var/log\n' + HEAD, env={name: text})


def folders(cases):
    files = {'a.conf': HEAD + 'user = a\nport = 1\n', 'b.conf': '[influxdb]\nuser = b\n', 'd/1.conf': '[influxdb]\nuser = d1\nport = 3\n',
             'd/2.conf': '[influxdb]\nport = 4\n', 'd/B.conf': '[influxdb]\npassword = B\n', 'd/b.conf': '[influxdb]\npassword = b\n',
             'd/.hidden.conf': '[influxdb]\nuser = hidden\n', 'd/x.conf~': 'wrong', 'd/x.ini': 'wrong', 'd/sub/y.conf': 'wrong',
             'e/1.conf': '[influxdb]\nuser = e1\n'}
    words = [['--config-file', 'a.conf'], ['--config-file', 'b.conf'], ['--config-dir', 'd'], ['--config-dir', 'e'], ['--config-dir', 'empty'],
             ['--config-file', 'd/2.conf']]
    for count in (1, 2, 3):
        for chosen in itertools.permutations(words, count):
            cases.add('order', files, args=[w for pair in chosen for w in pair], dirs=['empty'])
    for args in (['--config-file', 'none.conf'], ['--config-dir', 'none'], ['--config-file', 'd'], ['--config-dir', 'a.conf'],
                 ['--config-file', 'a.conf', '--config-dir', 'bad'], ['--config-dir', 'd/'], ['--config-dir', './d'],
                 ['--config-file', './a.conf', '--config-file', 'a.conf']):
        cases.add('order-odd', dict(files, **{'bad/x.conf': 'no sign'}), args=args)
    names = {'persister': ['monasca', 'monasca-persister', 'persister'], 'api': ['monasca', 'monasca-api', 'api', 'api-config']}
    for service, stems in names.items():
        text = '[influxdb]\nip_address = %s\nuser = %s\n[database]\nconnection = %s\n'
        for count in range(1, len(stems) + 1):
            for chosen in itertools.combinations(stems, count):
                for places in (['home/.monasca'], ['home'], ['home', 'home/.monasca']):
                    made = {'%s/%s.conf' % (place, stem): text % (stem.replace('_', '-'), stem + place.replace('/', '-'), stem + place)
                            for stem in chosen for place in places}
                    cases.add('places-' + service, made, args=[], service=service)
                made = {'home/%s.conf.d/x.conf' % stem: text % ('in', stem, stem) for stem in chosen}
                made['home/%s.conf' % stems[1]] = text % ('file', 'file', 'file')
                cases.add('drop-in-' + service, made, args=[], service=service)
                cases.add('drop-in-file-' + service, made, args=['--config-file', 'home/%s.conf' % stems[1]], service=service)
                cases.add('drop-in-dir-' + service, made, args=['--config-dir', 'home/%s.conf.d' % chosen[-1]], service=service)


def database(cases):
    for key in ('connection', 'sql_connection', 'url'):
        for section in ('database', 'DATABASE', 'Database', 'DEFAULT', 'sql', 'default'):
            cases.text('database', '[%s]\n%s = mysql://u:p@h/mon?a=b#c;d\n' % (section, key), service='api')
    for text in TEXTS + DOLLARS:
        cases.text('database-text', '[database]\nconnection = %s\n' % text, service='api')
    for one, two in itertools.permutations(('[database]\nconnection = a', '[DEFAULT]\nsql_connection = b', '[database]\nsql_connection = c',
                                            '[sql]\nconnection = d', '[database]\nconnection ='), 2):
        cases.text('database-old', one + '\n' + two + '\n', service='api')
        cases.add('database-old', {'a.conf': one + '\n', 'b.conf': two + '\n'}, service='api')
    for name in ('OS_DATABASE__CONNECTION', 'OS_DEFAULT__SQL_CONNECTION', 'OS_DATABASE__SQL_CONNECTION'):
        cases.text('database-env', '[database]\nconnection = file\n', env={name: 'env'}, service='api')


def mixtures(cases):
    chance = random.Random('monasca')
    for _ in range(150):
        count = chance.randint(2, 14)
        cases.text('mixture', HEAD + '\n'.join(chance.choice(PIECES) for _ in range(count)) + chance.choice(('', '\n')))
    # Files that can be read at all, so that values are compared.
    sound = [piece for piece in PIECES if ('=' in piece or ':' in piece) and piece[0] not in ' \t=:[/']
    for _ in range(150):
        made = {}
        for name in ('a.conf', 'b.conf')[:chance.randint(1, 2)]:
            text = HEAD if name == 'a.conf' else '[influxdb]\n'
            for _ in range(chance.randint(3, 16)):
                text += chance.choice(sound) + '\n' + chance.choice(('', '', '', '  more\n', '# c\n', '\n', '[kafka]\n', '[DEFAULT]\n', '[influxdb]\n'))
            made[name] = text
        cases.add('sound', made)


def main(folder):
    cases = Cases(folder)
    for make in (values, lines, repeats, environment, folders, database, mixtures):
        make(cases)


main(sys.argv[1])
