#!/usr/bin/python3
"""Print what the real oslo.config makes of files, in the form of dump.c.

    oracle.py CASES OUTPUT

For each case (CASES/NAME.conf, or a directory CASES/NAME with a file `args`, and perhaps one `env`)
OUTPUT/NAME gets one line for each option, or "load error".
"""
import os
import shlex
import sys

from oslo_config import cfg

NONE = object()
# dump.c has the same table.
OPTIONS = [
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


def show(value):
    if isinstance(value, str):
        return ''.join(chr(c) if 0x20 <= c < 0x7f and c != 0x5c else '\\x%02x' % c
                       for c in value.encode('utf-8', 'surrogateescape'))
    return str(value)


def read(args):
    conf = cfg.ConfigOpts()
    for group, opt in OPTIONS:
        conf.register_opt(opt, group=group)
    try:
        conf(args=args, project='no-such-project', prog='no-such-program',
             default_config_files=[], default_config_dirs=[])
    except (cfg.Error, OSError, ValueError):
        yield 'load error'
        return
    for group, opt in OPTIONS:
        try:
            value = show(getattr(conf[group] if group else conf, opt.dest))
        except (cfg.Error, ValueError, RecursionError):
            value = 'error'
        yield '[%s] %s = %s' % (group or 'DEFAULT', opt.dest, value)


def main(cases, output):
    os.chdir(cases)
    before = dict(os.environ)
    for entry in sorted(os.listdir('.')):
        name = entry
        args = ['--config-file', entry]
        if os.path.isdir(entry):
            with open(os.path.join(entry, 'args')) as f:
                args = shlex.split(f.read())
            env = os.path.join(entry, 'env')
            if os.path.exists(env):
                with open(env) as f:
                    os.environ.update(line.rstrip('\n').split('=', 1) for line in f)
        elif entry.endswith('.conf'):
            name = entry[:-5]
        else:
            continue
        with open(os.path.join(output, name), 'w') as f:
            for line in read(args):
                print(line, file=f)
        os.environ.clear()
        os.environ.update(before)


main(sys.argv[1], sys.argv[2])
