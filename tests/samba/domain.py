"""Makes an Active Directory domain with people in it, once: tests copy it.

    domain.py FOLDER

It takes Samba's own Python, and a place where Samba is installed (tests/samba/inside). What tests want to know of it
stands in FOLDER/facts.json, and the keys of its services in FOLDER/http.keytab and FOLDER/nopac.keytab.
"""

import json
import logging
import os
import shutil
import sys
import time

import ldb
import samba.dckeytab  # noqa: F401, which gives Net the method export_keytab
from samba.auth import system_session
from samba.credentials import Credentials
from samba.dcerpc import security
from samba.dsdb import DS_DOMAIN_FUNCTION_2008_R2
from samba.ndr import ndr_unpack
from samba.net import Net
from samba.param import LoadParm
from samba.provision import provision
from samba.samdb import SamDB

REALM, DOMAIN = "AD.EXAMPLE.TEST", "EXAMPLE"
ADMINISTRATOR = "Administrator-passw0rd"

# Of a group: the bits of MS-ADTS, section 2.2.12, of which the highest one is the sign.
SECURITY = -0x80000000
GLOBAL, LOCAL, UNIVERSAL = 2, 4, 8

# Of an account: MS-ADTS, section 2.2.16.
DISABLED, NORMAL, NEVER_EXPIRES, NO_AUTH_DATA_REQUIRED = 0x2, 0x200, 0x10000, 0x2000000
# Encryption types of Kerberos: MS-KILE, section 2.2.7. Without them, a service has keys of RC4 alone.
AES = 0x8 | 0x10

USERS = ["alice", "bob", "carol", "dave", "erin", "j\u00fcrgen", "reader", "svc-http", "svc-nopac"]
GROUPS = {
    "ops": (SECURITY + GLOBAL, ["alice"]),
    "staff": (SECURITY + GLOBAL, ["ops"]),
    "local": (SECURITY + LOCAL, ["staff"]),
    "universal": (SECURITY + UNIVERSAL, ["alice"]),
    # No security group: it is never in a ticket.
    "mail-list": (GLOBAL, ["alice"]),
}
TEAMS = 300
OHARA = "Sean (ops) *, \"O'Hara\" \\#1"


def modified(samdb, dn, **values):
    message = ldb.Message(ldb.Dn(samdb, str(dn)))
    for name, value in values.items():
        name = name.replace("_", "-")
        message[name] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, name)
    samdb.modify(message)


def populate(samdb):
    base = samdb.domain_dn()
    # Passwords are as simple as the tests like them, and nobody has to change one. Three wrong ones lock an account.
    modified(
        samdb,
        base,
        pwdProperties="0",
        minPwdLength="1",
        pwdHistoryLength="0",
        minPwdAge="0",
        maxPwdAge="-9223372036854775808",
        lockoutThreshold="3",
    )
    for user in USERS:
        samdb.newuser(user, f"{user}-password", mailaddress=f"{user}@ad.example.test" if user.isascii() else None)
    for group, (kind, members) in GROUPS.items():
        samdb.newgroup(group, grouptype=kind)
        samdb.add_remove_group_members(group, members)
    # The name of an entry can have what the name of an account cannot.
    samdb.newuser("ohara", "ohara-password")
    strange = ldb.Dn(samdb, f"CN=ohara,CN=Users,{base}")
    strange.set_component(0, "CN", OHARA)
    samdb.rename(f"CN=ohara,CN=Users,{base}", strange)
    samdb.add_remove_group_members("ops", ["ohara"])
    samdb.transaction_start()
    for at in range(TEAMS):
        team = f"team-{at}"
        samdb.newgroup(team, grouptype=SECURITY + GLOBAL)
        samdb.add_remove_group_members(team, ["dave"])
    samdb.transaction_commit()

    def account(name):
        return f"CN={name},CN=Users,{base}"

    modified(samdb, account("carol"), userAccountControl=str(NORMAL | DISABLED))
    modified(
        samdb,
        account("svc-http"),
        msDS_SupportedEncryptionTypes=str(AES),
        servicePrincipalName=["HTTP/localhost", "HTTP/api.ad.example.test"],
    )
    modified(
        samdb,
        account("svc-nopac"),
        msDS_SupportedEncryptionTypes=str(AES),
        servicePrincipalName=["HTTP/nopac.ad.example.test"],
        userAccountControl=str(NORMAL | NEVER_EXPIRES | NO_AUTH_DATA_REQUIRED),
    )


def facts(samdb):
    sids = {}
    attributes = ["sAMAccountName", "objectSid"]
    for entry in samdb.search(samdb.domain_dn(), ldb.SCOPE_SUBTREE, "(sAMAccountName=*)", attributes):
        sids[str(entry["sAMAccountName"][0])] = str(ndr_unpack(security.dom_sid, entry["objectSid"][0]))
    return {"domain": str(samdb.get_domain_sid()), "sids": sids}


def main():
    folder = os.path.abspath(sys.argv[1])
    os.makedirs(folder, exist_ok=True)
    logging.basicConfig(level=logging.WARNING)
    empty = os.path.join(folder, "empty.conf")
    with open(empty, "w") as file:
        file.write("[global]\n")
    lp = LoadParm()
    lp.load(empty)
    provision(
        logging.getLogger(),
        system_session(),
        targetdir=folder,
        realm=REALM,
        domain=DOMAIN,
        hostname="dc1",
        hostip="127.0.0.1",
        adminpass=ADMINISTRATOR,
        serverrole="active directory domain controller",
        dns_backend="NONE",
        dom_for_fun_level=DS_DOMAIN_FUNCTION_2008_R2,
        lp=lp,
    )
    samdb = SamDB(url=lp.samdb_url(), session_info=system_session(), lp=lp)
    populate(samdb)
    credentials = Credentials()
    credentials.guess(lp)
    net = Net(credentials, lp)
    for keytab, principals in {
        "http.keytab": ["HTTP/localhost", "HTTP/api.ad.example.test"],
        "nopac.keytab": ["HTTP/nopac.ad.example.test"],
    }.items():
        for principal in principals:
            net.export_keytab(keytab=os.path.join(folder, keytab), principal=principal)
    with open(os.path.join(folder, "facts.json"), "w") as file:
        json.dump(facts(samdb), file, indent=1)
    # What is for file servers, and the address of this folder.
    shutil.rmtree(os.path.join(folder, "state", "sysvol"))
    shutil.rmtree(os.path.join(folder, "etc"))
    os.remove(empty)


if __name__ == "__main__":
    began = time.monotonic()
    main()
    print(f"made in {time.monotonic() - began:.1f} s")
