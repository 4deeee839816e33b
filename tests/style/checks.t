#!/usr/bin/perl
#
# checks.t - mtaguard-checks(7) has an entry for each check of the code, as
# contrib/checks-page writes it, and none for what is no check; each rule of
# the catalogue is checked, by checks that refer to it.
#
use strict;
use warnings;
use Cwd 'abs_path';
use JSON::PP 'decode_json';

my $mtaguard = abs_path(($ENV{top_builddir} // '.') . '/mtaguard');
chdir($ENV{top_srcdir} // '.') or die;

my $count = 0;
my $failures = 0;

sub ok {
	my ($held, $name, $note) = @_;
	$count++;
	$failures++ unless $held;
	print $held ? 'ok' : 'not ok', " $count - $name\n";
	print "# $note\n" if !$held && defined $note;
}

sub slurp {
	my ($file) = @_;
	open(my $in, '<', $file) or die "$file: $!";
	local $/;
	return scalar <$in>;
}

# Ids stand in tables, or are the first argument of a macro that fills a row.
my %ids;
for my $file (glob 'src/check/check_*.c') {
	my $code = slurp($file);
	next unless $code =~ /struct check checks\[\] = \{\n(.*?)\n\};/s;
	my $table = $1;
	$ids{$1} = 1 while $table =~ /\.id = "([^"]+)"/g;
	while ($code =~ /^#define (\w+)\((\w+).*\\\n(?:.*\\\n)*?.*\.id = \2\b/gm) {
		my $macro = $1;
		$ids{$1} = 1 while $table =~ /\b$macro\("([^"]+)"/g;
	}
}
my %listed = map { (split)[0] => 1 } `'$mtaguard' check --list`;
ok(join(' ', sort keys %ids) eq join(' ', sort keys %listed),
    'the checks that are found in the code are those of --list',
    join ' ', grep { !$ids{$_} || !$listed{$_} }
    sort(keys %{{ %ids, %listed }}));

my $page = slurp('man/mtaguard-checks.7');
my ($entries) = $page =~ /^\.Sh CHECKS\n(.*?)^\.Sh /ms;
my %described;
$described{$1}++ while $entries =~ /^\.It Cm (\S+) Pq /gm;
for my $id (sort keys %ids) {
	ok(($described{$id} // 0) == 1, "$id has one entry");
}
for my $id (sort keys %described) {
	ok($ids{$id}, "$id is a check");
}
my $made = `'$mtaguard' check --list --format json |
    contrib/checks-page man/mtaguard-checks.7`;
ok($made eq $page, 'the page is what contrib/checks-page writes');

my %refers;
my $list = `'$mtaguard' check --list --format json`;
for my $check (@{decode_json($list)}) {
	$refers{$check->{id}}{$_->{id}} = 1 for @{$check->{references}};
}
open(my $rules, '<', 'tests/data/mail-rules-checks.tsv') or die;
<$rules>;
while (<$rules>) {
	chomp;
	my ($key, $checks, $references) = split /\t/;
	my @unknown = grep { !$ids{$_} } split ' ', $checks;
	ok($checks ne '' && !@unknown, "$key is checked", "@unknown");
	my @missing = grep {
		my $id = $_;
		!grep { $refers{$_}{$id} } split ' ', $checks;
	} split ' ', $references // '';
	ok(!@missing, "$key: its checks name the rules", "@missing");
}
print "1..$count\n";
exit($failures > 0);
