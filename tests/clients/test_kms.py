"""KMS, as boto3, the AWS CLI and another cryptographic library see it."""

import base64
import json
import os
import time

import pytest
from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding

from conftest import Cloud

HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
PKCS8 = (serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


@pytest.fixture
def kms(cloud):
    return cloud.client("kms")


def create(kms, **options):
    return kms.create_key(**options)["KeyMetadata"]["KeyId"]


def code(error):
    return error.value.response["Error"]["Code"]


def check(public, algorithm, signature, message):
    """Raises unless the signature is one."""
    digest = HASHES.get(algorithm[-3:])
    if algorithm.startswith("RSASSA_PSS"):
        public.verify(signature, message, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    elif algorithm.startswith("RSASSA"):
        public.verify(signature, message, padding.PKCS1v15(), digest)
    elif algorithm.startswith("ECDSA"):
        public.verify(signature, message, ec.ECDSA(digest))
    else:
        public.verify(signature, message)


SIGNING = ["RSA_2048", "RSA_3072", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1"]
WITHOUT_DIGEST = ["ECC_NIST_EDWARDS25519", "ML_DSA_44", "ML_DSA_65", "ML_DSA_87"]


@pytest.mark.parametrize("spec", SIGNING + WITHOUT_DIGEST)
def test_signatures_are_verified_by_another_library(kms, spec):
    key = create(kms, KeySpec=spec, KeyUsage="SIGN_VERIFY")
    answer = kms.get_public_key(KeyId=key)
    public = serialization.load_der_public_key(answer["PublicKey"])
    for algorithm in answer["SigningAlgorithms"]:
        if algorithm == "ED25519_PH_SHA_512":
            continue
        signature = kms.sign(KeyId=key, Message=b"hello", SigningAlgorithm=algorithm)["Signature"]
        check(public, algorithm, signature, b"hello")
        with pytest.raises(InvalidSignature):
            check(public, algorithm, signature, b"hello!")
        assert kms.verify(KeyId=key, Message=b"hello", Signature=signature, SigningAlgorithm=algorithm)["SignatureValid"]
        if spec in SIGNING:
            digest = hashes.Hash(HASHES[algorithm[-3:]])
            digest.update(b"hello")
            options = dict(KeyId=key, Message=digest.finalize(), MessageType="DIGEST", SigningAlgorithm=algorithm)
            check(public, algorithm, kms.sign(**options)["Signature"], b"hello")


def test_rsa_ciphertexts_of_another_library_are_decrypted(kms):
    key = create(kms, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    for algorithm, digest in [("RSAES_OAEP_SHA_1", hashes.SHA1()), ("RSAES_OAEP_SHA_256", hashes.SHA256())]:
        sealed = public.encrypt(b"hello", padding.OAEP(padding.MGF1(digest), digest, None))
        answer = kms.decrypt(KeyId=key, CiphertextBlob=sealed, EncryptionAlgorithm=algorithm)
        assert answer["Plaintext"] == b"hello"


def test_secrets_are_agreed_on_with_another_library(kms):
    key = create(kms, KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")
    theirs = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    mine = ec.generate_private_key(ec.SECP256R1())
    public = mine.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    answer = kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=public)
    assert answer["SharedSecret"] == mine.exchange(ec.ECDH(), theirs)


def test_data_key_pairs_are_pairs(kms):
    key = create(kms)
    for spec in ["RSA_2048", "ECC_NIST_P384", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519"]:
        pair = kms.generate_data_key_pair(KeyId=key, KeyPairSpec=spec)
        private = serialization.load_der_private_key(pair["PrivateKeyPlaintext"], None)
        public = private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        assert public == pair["PublicKey"]
        assert kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"])["Plaintext"] == pair["PrivateKeyPlaintext"]


def wrap(parameters, algorithm, material):
    public = serialization.load_der_public_key(parameters["PublicKey"])
    digest = hashes.SHA1() if algorithm.endswith("SHA_1") else hashes.SHA256()
    oaep = padding.OAEP(padding.MGF1(digest), digest, None)
    if algorithm.startswith("RSAES"):
        return public.encrypt(material, oaep)
    ephemeral = os.urandom(32)
    return public.encrypt(ephemeral, oaep) + aes_key_wrap_with_padding(ephemeral, material)


def import_material(kms, key, material, algorithm="RSAES_OAEP_SHA_256", **options):
    parameters = kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec="RSA_2048")
    options.setdefault("ExpirationModel", "KEY_MATERIAL_DOES_NOT_EXPIRE")
    return kms.import_key_material(
        KeyId=key,
        ImportToken=parameters["ImportToken"],
        EncryptedKeyMaterial=wrap(parameters, algorithm, material),
        **options,
    )


@pytest.mark.parametrize(
    "algorithm", ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"]
)
def test_material_is_imported_deleted_and_imported_again(kms, algorithm):
    key = create(kms, Origin="EXTERNAL")
    material = os.urandom(32)
    import_material(kms, key, material, algorithm)
    sealed = kms.encrypt(KeyId=key, Plaintext=b"hello")["CiphertextBlob"]
    kms.delete_imported_key_material(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingImport"
    with pytest.raises(ClientError) as error:
        kms.decrypt(CiphertextBlob=sealed)
    assert code(error) == "KMSInvalidStateException"
    with pytest.raises(ClientError) as error:
        import_material(kms, key, os.urandom(32), algorithm)
    assert code(error) == "IncorrectKeyMaterialException"
    import_material(kms, key, material, algorithm)
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"hello"


def test_imported_material_of_every_kind_is_the_one_that_is_used(kms):
    secret = os.urandom(32)
    mac = create(kms, Origin="EXTERNAL", KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    import_material(kms, mac, secret)
    expected = HMAC(secret, hashes.SHA256())
    expected.update(b"hello")
    assert kms.generate_mac(KeyId=mac, Message=b"hello", MacAlgorithm="HMAC_SHA_256")["Mac"] == expected.finalize()
    for spec, private in [("RSA_2048", rsa.generate_private_key(65537, 2048)), ("ECC_NIST_P384", ec.generate_private_key(ec.SECP384R1()))]:
        key = create(kms, Origin="EXTERNAL", KeySpec=spec, KeyUsage="SIGN_VERIFY")
        import_material(kms, key, private.private_bytes(*PKCS8), "RSA_AES_KEY_WRAP_SHA_256")
        algorithm = kms.describe_key(KeyId=key)["KeyMetadata"]["SigningAlgorithms"][0]
        signature = kms.sign(KeyId=key, Message=b"hello", SigningAlgorithm=algorithm)["Signature"]
        check(private.public_key(), algorithm, signature, b"hello")


def test_imported_material_expires(cloud, kms):
    key = create(kms, Origin="EXTERNAL")
    import_material(kms, key, os.urandom(32), ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=int(time.time()) + 3_600)
    metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (metadata["KeyState"], metadata["ExpirationModel"]) == ("Enabled", "KEY_MATERIAL_EXPIRES")
    cloud.advance("2h")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingImport"


def test_new_material_is_imported_and_rotated_to(kms):
    key = create(kms, Origin="EXTERNAL")
    import_material(kms, key, os.urandom(32))
    old = kms.encrypt(KeyId=key, Plaintext=b"old")["CiphertextBlob"]
    new = import_material(kms, key, os.urandom(32), ImportType="NEW_KEY_MATERIAL")["KeyMaterialId"]
    listed = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert [entry["KeyMaterialState"] for entry in listed] == ["CURRENT", "PENDING_ROTATION"]
    kms.rotate_key_on_demand(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"] == new
    assert kms.decrypt(CiphertextBlob=old)["Plaintext"] == b"old"
    with pytest.raises(ClientError) as error:
        kms.rotate_key_on_demand(KeyId=key)
    assert code(error) == "KMSInvalidStateException"


def test_replicas_import_the_same_material(cloud, kms):
    key = create(kms, Origin="EXTERNAL", MultiRegion=True)
    material = os.urandom(32)
    import_material(kms, key, material)
    kms.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
    there = cloud.client("kms", region="eu-west-1")
    assert there.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingImport"
    import_material(there, key, material)
    sealed = kms.encrypt(KeyId=key, Plaintext=b"hello")["CiphertextBlob"]
    assert there.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"hello"
    second = os.urandom(32)
    import_material(kms, key, second, ImportType="NEW_KEY_MATERIAL")
    with pytest.raises(ClientError) as error:
        kms.rotate_key_on_demand(KeyId=key)
    assert code(error) == "KMSInvalidStateException"
    import_material(there, key, second, ImportType="EXISTING_KEY_MATERIAL")
    kms.rotate_key_on_demand(KeyId=key)
    sealed = kms.encrypt(KeyId=key, Plaintext=b"again")["CiphertextBlob"]
    assert there.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"again"


def test_the_command_line(cloud, tmp_path):
    key = cloud.aws("kms", "create-key", "--description", "cli")["KeyMetadata"]["KeyId"]
    cloud.aws("kms", "create-alias", "--alias-name", "alias/cli", "--target-key-id", key)
    plain, sealed = tmp_path / "plain", tmp_path / "sealed"
    plain.write_bytes(b"hello")
    answer = cloud.aws("kms", "encrypt", "--key-id", "alias/cli", "--plaintext", f"fileb://{plain}", "--encryption-context", "a=b")
    sealed.write_bytes(base64.b64decode(answer["CiphertextBlob"]))
    answer = cloud.aws("kms", "decrypt", "--ciphertext-blob", f"fileb://{sealed}", "--encryption-context", "a=b")
    assert base64.b64decode(answer["Plaintext"]) == b"hello"


def test_keys_survive_and_lie_sealed(tmp_path):
    cloud = Cloud(data=tmp_path / "data")
    kms = cloud.client("kms")
    external = create(kms, Origin="EXTERNAL")
    material = os.urandom(32)
    import_material(kms, external, material)
    sealed = kms.encrypt(KeyId=external, Plaintext=b"hello")["CiphertextBlob"]
    cloud.kill()
    for path in (tmp_path / "data").rglob("*"):
        assert not path.is_file() or material not in path.read_bytes(), path
    cloud.start()
    assert cloud.client("kms").decrypt(CiphertextBlob=sealed)["Plaintext"] == b"hello"
    cloud.stop()
    key = tmp_path / "data" / "root.key"
    key.rename(tmp_path / "root.key")
    with pytest.raises(AssertionError):
        cloud.start()


def test_queues_are_encrypted(cloud, kms):
    key = create(kms)
    sqs = cloud.client("sqs")
    queue = sqs.create_queue(QueueName="jobs", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="x" * 100_000)
    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "x" * 100_000
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    cloud.advance("10m")
    with pytest.raises(ClientError) as error:
        sqs.send_message(QueueUrl=queue, MessageBody="x")
    assert code(error) in ("KMS.InvalidStateException", "KmsInvalidState")
    assert json.dumps(error.value.response["Error"]["Message"]).count(key) == 1
