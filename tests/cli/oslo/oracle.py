#!/usr/bin/python3
"""Print what the real oslo.config makes of files, in the form of dump.c.

    oracle.py CASES OUTPUT

For each case (CASES/NAME.conf, or a directory CASES/NAME with a file `args`, and perhaps one `env`)
OUTPUT/NAME gets one line for each option, or "load error". A case with a file `service` is read in
its own directory, as that service of Monasca would read it; generate.py makes such cases.
"""
import os
import shlex
import sys

from oslo_config import cfg

# dump.c has the same table.
SAMPLE = [
    (None, cfg.BoolOpt('debug', default=False)),
    (None, cfg.StrOpt('log_file', deprecated_name='logfile')),
    (None, cfg.StrOpt('log_dir')),
    (None, cfg.StrOpt('a')),
    (None, cfg.StrOpt('b', default='default of b')),
    (None, cfg.StrOpt('c', default='<$b>')),
    (None, cfg.IntOpt('number', default=7)),
    ('influxdb', cfg.StrOpt('database_name', default='mon')),
    ('influxdb', cfg.StrOpt('ip_address')),
    ('influxdb', cfg.PortOpt('port', default=8086)),
    ('influxdb', cfg.BoolOpt('ssl', default=False)),
    ('influxdb', cfg.StrOpt('user', default='mon_persister')),
    ('influxdb', cfg.StrOpt('password', secret=True)),
    ('influxdb', cfg.StrOpt('b')),
    ('database', cfg.StrOpt('connection', secret=True)),
]

# What oslo.log registers for the command line, before any file is read.
LOGGING = [
    cfg.BoolOpt('debug', short='d', default=False),
    cfg.StrOpt('log-config-append', deprecated_name='log-config'),
    cfg.StrOpt('log-date-format', default='%Y-%m-%d %H:%M:%S'),
    cfg.StrOpt('log-file', deprecated_name='logfile'),
    cfg.StrOpt('log-dir', deprecated_name='logdir'),
    cfg.BoolOpt('watch-log-file', default=False),
    cfg.BoolOpt('use-syslog', default=False),
    cfg.BoolOpt('use-journal', default=False),
    cfg.StrOpt('syslog-log-facility', default='LOG_USER'),
    cfg.BoolOpt('use-json', default=False),
]

INFLUXDB = [
    cfg.StrOpt('database_name', default='mon'),
    cfg.BoolOpt('db_per_tenant', default=False),
    cfg.IntOpt('default_retention_hours', default=0),
    cfg.IntOpt('batch_size', default=10000),
    cfg.HostAddressOpt('ip_address'),
    cfg.PortOpt('port', default=8086),
    cfg.BoolOpt('ssl', default=False),
    cfg.BoolOpt('verify_ssl', default=False),
    cfg.StrOpt('user', default='mon_persister'),
    cfg.StrOpt('password', secret=True),
]


def kafka(reference):
    """The options of [kafka], which two more sections have, there with references to these."""
    options = [
        ('consumer_id', cfg.StrOpt, 'monasca-persister'),
        ('client_id', cfg.StrOpt, 'monasca-persister'),
        ('max_wait_time_seconds', cfg.IntOpt, 30),
        ('fetch_size_bytes', cfg.IntOpt, 4096),
        ('buffer_size', cfg.IntOpt, '$kafka.fetch_size_bytes'),
        ('max_buffer_size', cfg.IntOpt, 32768),
        ('num_processors', cfg.IntOpt, 1),
        ('legacy_kafka_client_enabled', cfg.BoolOpt, False),
    ]
    return [kind(name, default='$kafka.' + name if reference else default) for name, kind, default in options]


def consumer(group, group_id, topic, batch_size, enabled):
    return kafka(True) + [
        cfg.BoolOpt('enabled', default=enabled),
        cfg.ListOpt('uri', default=['127.0.0.1:9092']),
        cfg.StrOpt('group_id', default=group_id),
        cfg.StrOpt('topic', default=topic),
        cfg.StrOpt('zookeeper_path', default='/persister_partitions/$%s.topic' % group),
        cfg.IntOpt('batch_size', default=batch_size),
    ]


# The persister's other sections: the last one that it had, of 2022.
OTHERS = {
    'cassandra': [
        cfg.ListOpt('contact_points', default=['127.0.0.1']), cfg.IntOpt('port', default=8086),
        cfg.StrOpt('keyspace', default='monasca'), cfg.StrOpt('user', default=''),
        cfg.StrOpt('password', secret=True, default=''), cfg.IntOpt('connection_timeout', default=5),
        cfg.IntOpt('read_timeout', default=60), cfg.IntOpt('max_write_retries', default=1),
        cfg.IntOpt('max_definition_cache_size', default=20000000), cfg.IntOpt('retention_policy', default=45),
        cfg.StrOpt('consistency_level', default='ONE'), cfg.StrOpt('local_data_center'),
        cfg.IntOpt('max_batches', default=250),
    ],
    'elasticsearch': [
        cfg.StrOpt('index_name', default='events'), cfg.ListOpt('hosts', default=['localhost:9200']),
        cfg.BoolOpt('sniff_on_start', default=False), cfg.BoolOpt('sniff_on_connection_fail', default=False),
        cfg.IntOpt('sniffer_timeout'), cfg.IntOpt('max_retries', default=3, min=1),
    ],
    'kafka': kafka(False),
    'kafka_alarm_history': consumer('kafka_alarm_history', '1_alarm-state-transitions', 'alarm-state-transitions', 1, True),
    'kafka_events': consumer('kafka_events', '1_events', 'monevents', 1, False),
    'kafka_metrics': consumer('kafka_metrics', '1_metrics', 'metrics', 20000, True),
    'repositories': [
        cfg.StrOpt('metrics_driver', default='monasca_persister.repositories.influxdb.metrics_repository:'
                   'MetricInfluxdbRepository'),
        cfg.StrOpt('alarm_state_history_driver', default='monasca_persister.repositories.influxdb.'
                   'alarm_state_history_repository:AlarmStateHistInfluxdbRepository'),
        cfg.StrOpt('events_driver', default='monasca_persister.repositories.elasticsearch.events_repository:'
                   'ElasticSearchEventsRepository'),
        cfg.BoolOpt('ignore_parse_point_error', default=False),
    ],
    'zookeeper': [cfg.ListOpt('uri', default=['127.0.0.1:2181']), cfg.IntOpt('partition_interval_recheck_seconds', default=15)],
}

# oslo.db's, with its former names.
CONNECTION = cfg.StrOpt('connection', secret=True, deprecated_opts=[
    cfg.DeprecatedOpt('sql_connection', group='DEFAULT'), cfg.DeprecatedOpt('sql_connection', group='DATABASE'),
    cfg.DeprecatedOpt('connection', group='sql')])


def default_files(program, former):
    files = cfg.find_config_files(project='monasca', prog=program)
    return files or [path for name in former for path in cfg.find_config_files(project='monasca', prog=name)]


def show(value):
    if isinstance(value, str):
        return ''.join(chr(c) if 0x20 <= c < 0x7f and c != 0x5c else '\\x%02x' % c
                       for c in value.encode('utf-8', 'surrogateescape'))
    return str(value)


def load_sample(conf, args):
    for group, opt in SAMPLE:
        conf.register_opt(opt, group=group)
    conf(args=args, project='no-such-project', prog='no-such-program', default_config_files=[],
         default_config_dirs=[])
    return SAMPLE


def load_persister(conf, args):
    """As the persister and its migration tool do: files are read before most options are known."""
    conf.register_cli_opts(LOGGING)
    conf(args=args, project='monasca', prog=args, default_config_files=default_files('monasca-persister', ['persister']))
    conf.register_opts(INFLUXDB, group='influxdb')
    for group, opts in OTHERS.items():
        conf.register_opts(opts, group=group)
    logging = [(None, opt) for opt in LOGGING if opt.dest in ('debug', 'log_file', 'log_dir', 'log_config_append')]
    return logging + [('influxdb', opt) for opt in INFLUXDB]


def load_api(conf, args):
    """As monasca_db does."""
    conf(args=args, project='monasca', prog='api', default_config_files=default_files('monasca-api', ['api', 'api-config']))
    conf.register_opt(CONNECTION, group='database')
    return [('database', CONNECTION)]


LOADERS = {'sample': load_sample, 'persister': load_persister, 'api': load_api}


def read(service, args):
    conf = cfg.ConfigOpts()
    try:
        options = LOADERS[service](conf, args)
    except (cfg.Error, OSError, ValueError, SystemExit, RecursionError):
        yield 'load error'
        return
    for group, opt in options:
        try:
            value = show(getattr(conf[group] if group else conf, opt.dest))
        except (cfg.Error, ValueError, RecursionError):
            value = 'error'
        yield '[%s] %s = %s' % (group or 'DEFAULT', opt.dest, value)


def read_words(path):
    with open(path) as f:
        return shlex.split(f.read())


def main(cases, output):
    cases, output = os.path.abspath(cases), os.path.abspath(output)
    sys.stderr = open(os.devnull, 'w')
    before = dict(os.environ)
    for entry in sorted(os.listdir(cases)):
        name, service = entry, 'sample'
        os.chdir(cases)
        args = ['--config-file', entry]
        if os.path.isdir(entry):
            args = read_words(os.path.join(entry, 'args'))
            env = os.path.join(entry, 'env')
            if os.path.exists(env):
                with open(env) as f:
                    os.environ.update(line.rstrip('\n').split('=', 1) for line in f)
            if os.path.exists(os.path.join(entry, 'service')):
                os.chdir(entry)
                service = read_words('service')[0]
                os.environ['HOME'] = os.path.abspath('home')
        elif entry.endswith('.conf'):
            name = entry[:-5]
        else:
            continue
        with open(os.path.join(output, name), 'w') as f:
            for line in read(service, args):
                print(line, file=f)
        os.environ.clear()
        os.environ.update(before)


main(sys.argv[1], sys.argv[2])
